//! What the codes of single rows, fields and events mean (`errors[].code` of a problem), for `/problems/{code}`.
//!
//! Such a code says what is wrong at one place of a request, of a file or of a document. A code that whole requests have
//! as well is explained once, by [`RULE_TEXTS`](crate::rule_texts::RULE_TEXTS) or by the table of every program. A test
//! reads the sources: every code is here, and nothing else.

use theriac_http::problem::RowText;

const fn text(code: &'static str, meaning: &'static str, next: &'static str) -> RowText {
    RowText {
        code,
        meaning,
        next,
    }
}

/// Every code of a row, field or event.
#[rustfmt::skip]
pub const ROW_TEXTS: [RowText; 104] = [
    // Fields of any request.
    text("missing", "A field is missing that the rest of the request needs.", "Send what `detail` asks for."),
    text("contradiction", "Two fields exclude each other.", "Send one of them."),
    text("too_many", "The list has more entries than one request may have.", "Split the request."),
    text("out_of_bounds", "A number, or the length of a text or list, is outside its bounds.", "Choose a value within the bounds that `detail` names."),
    text("count_invalid", "The count is outside its bounds.", "Choose a count within the bounds that `detail` names."),
    text("word_invalid", "The word is none of those that the field takes.", "Choose one of the words that `detail` lists."),
    text("text_missing", "The text is empty.", "Send the text."),
    text("text_invalid", "The text is too long, or holds characters that it may not.", "Shorten it, or leave those characters out."),
    text("note_invalid", "The note is too long, or holds characters that it may not.", "Shorten it, or leave those characters out."),
    text("name_invalid", "The name is too long, or has characters that a name may not have.", "Choose a name as `detail` describes it."),
    text("date_invalid", "The date is no day of the calendar written as YYYY-MM-DD, or contradicts another date.", "Mend the date."),

    // Numbers of GS1, and what else names things.
    text("wrong_check_digit", "The last digit does not follow from the others: a digit is wrong, or two changed places.", "Compare it with the label, or scan it."),
    text("gtin_invalid", "This is no GTIN.", "Send 8, 12, 13 or 14 digits with the check digit."),
    text("lot_invalid", "This is no batch number.", "Send 1 to 20 of the characters that GS1 allows."),
    text("serial_invalid", "This is no serial number.", "Send 1 to 20 of the characters that GS1 allows."),
    text("sscc_invalid", "This is no SSCC.", "Send 18 digits with the check digit."),
    text("expiry_invalid", "This is no last day of use.", "Send YYYY-MM-DD or YYMMDD."),
    text("country_invalid", "This is no code of a country.", "Send two capital letters of ISO 3166-1, such as KE."),
    text("shipment_invalid", "This is no id of a shipment.", "Send the id as an answer of this service gave it."),

    // Codes that were scanned, and the packs and units that they name.
    text("code_unreadable", "The code cannot be read in any form that is known here.", "Scan it again, or type what stands beneath it with its brackets."),
    text("no_serial", "The code names a product, and no serial number.", "Scan the code that has the serial number (21)."),
    text("no_sscc", "What is named is no unit: it has no SSCC.", "Scan the label of the case or pallet."),
    text("no_pack", "What is named is neither a pack nor a unit.", "Name packs by GTIN and serial number, and units by SSCC."),
    text("pack_needed", "A unit is named, or a code of no single pack, and only single packs will do.", "Scan the packs, or unpack the unit first."),
    text("pack_unknown", "No such pack is known here.", "Compare product and serial number with the pack; letters are told apart by case. What was made a moment ago may need a few seconds."),
    text("pack_not_here", "Your account does not hold the pack, and it is not on its way to you.", "Receive the shipment that brings it first."),
    text("pack_not_active", "The pack is not active: it was supplied, locked or taken out of stock.", "Leave it out."),
    text("unit_unknown", "No such unit is on record.", "Check the SSCC."),
    text("named_twice", "The same pack, unit or product is named twice.", "Name each once."),
    text("lot_differs", "The batch that is named is not the one on record, or not the one of the file.", "Compare it with the pack. If the pack says so, keep it and report it."),
    text("expiry_differs", "The expiry that is named is not the one on record, or not the one of the file.", "Compare it with the pack. If the pack says so, keep it and report it."),
    text("gtin_differs", "The product is not the one of the file.", "Put packs of other products into files of their own."),
    text("run_invalid", "The number of the run is larger than any run may have.", "Check the number."),
    text("run_unknown", "The run is not known here.", "Check product, batch and run."),
    text("range_invalid", "The range has no packs, or ends past the longest run.", "Check its first position and its count."),
    text("range_past_end", "The range ends past the last pack of the run.", "Check its first position and its count."),
    text("too_many_ranges", "The packs lie in more separate ranges than one action may name.", "Send them in several requests."),

    // Files of batches.
    text("columns_differ", "The line has more or fewer columns than the first line.", "Separate columns by commas, as many as the first line has."),
    text("not_utf8", "The column is not UTF-8 text.", "Save the file as UTF-8."),
    text("serial_missing", "The line has no serial number.", "Put one there, or leave the line out."),
    text("serial_duplicate", "The serial number is in the file twice.", "Leave one of the lines out, or give it another number."),
    text("serial_taken", "The serial number is that of another pack of the product.", "Send serial numbers that were never used for this product."),

    // Products, batches and recalls.
    text("product_unknown", "No product with this GTIN is registered.", "Register the product first, or check the GTIN."),
    text("product_not_own", "The product was registered by another organisation.", "Check the GTIN."),
    text("prefix_not_own", "The GTIN is under none of the organisation's company prefixes.", "Check the GTIN, or have the prefix recorded by a change."),
    text("manufactured_differs", "The batch has another day of manufacture on record.", "Send the date on record, or check the batch."),
    text("lot_not_open", "The batch is closed or recalled and takes no more packs.", "Start another batch."),
    text("lot_unknown", "The batch is not on record.", "Check product and batch."),
    text("class_invalid", "A recall is of class 1, 2 or 3.", "Choose one of them."),

    // Packing.
    text("packed_into_itself", "A unit cannot be put into itself.", "Check the SSCCs."),
    text("nothing_to_pack", "No pack of the batch is free to be packed.", "Check the batch: its packs are packed, shipped or not active."),
    text("too_scattered", "The free packs of the batch lie too far apart for cases of this size.", "Put fewer packs into a case."),
    text("same_unit", "What comes out of the unit would go back into it.", "Name another unit."),

    // Shipments, receipts and what is wrong with deliveries.
    text("own_account", "The addressee is the account itself.", "Name another account."),
    text("account_unknown", "No member has this account, or premises with this GLN.", "Check the account, or ask the addressee for it."),
    text("addressee_invalid", "The addressee is neither an account nor a GLN.", "Send 64 hexadecimal digits, or a GLN of 13 digits."),
    text("addressee_ambiguous", "Several accounts have this GLN.", "Name the account itself; in an event, the premises as location."),
    text("shipment_unknown", "The shipment is not on record, or not between these parties.", "Check the id; a shipment made a moment ago may need a few seconds."),
    text("shipment_not_open", "The shipment was received, refused or taken back before.", "Look at the shipment as it is now."),
    text("unit_not_shipped", "The unit is not on its way to anybody.", "Check the SSCC, or ask the sender whether it was shipped."),
    text("not_addressed_to_you", "The shipment goes to another account.", "Its addressee receives it."),
    text("not_sent_by_you", "The shipment was sent by another account.", "Its sender takes it back."),
    text("not_the_sender", "Only the sender of packs that were not received can take them out of supply.", "Ask the sender."),
    text("nothing_to_accept", "The other side stands for nothing that could be accepted.", "Propose something."),

    // Bags.
    text("bag_unknown", "No bag with this code is known here.", "Scan the packs in it."),
    text("in_another_bag", "The pack is in another bag.", "Take that bag apart first."),

    // Labels.
    text("size_invalid", "The symbol cannot be printed with modules of this size.", "Choose a size within the bounds that `detail` names."),
    text("grid_invalid", "The labels do not fit the page.", "Check columns, rows, margins and steps."),
    text("length_invalid", "The length is negative or longer than a page.", "Send millimetres within the bounds that `detail` names."),

    // Users, keys and webhooks.
    text("password_length", "The password is too short or too long.", "Choose one of 12 to 128 characters."),
    text("password_weak", "The password is too easy to guess.", "Choose another."),
    text("pin_invalid", "This is no PIN.", "Choose 4 to 8 digits."),
    text("pin_weak", "The PIN is one digit again and again, or a run.", "Choose another."),
    text("scopes_missing", "The key would be good for nothing.", "Name at least one scope."),
    text("scope_unknown", "There is no such scope.", "Choose among those that `detail` lists."),
    text("url_invalid", "This is no address of a web server, or too long.", "Send the whole address, from https:// on."),
    text("url_scheme", "Webhooks are not sent to addresses of this kind.", "Send an address with https:, or with http: inside one's own network."),
    text("url_credentials", "The address holds a name or a password.", "Leave them out; signatures say who sends."),
    text("url_internal", "The address leads to an internal network.", "Send another address, or have the operator set webhooks.allow_internal."),
    text("kinds_missing", "The webhook would be told of nothing.", "Name at least one kind of news."),

    // Events: their form.
    text("shape_wrong", "A member has the wrong shape, such as a text where a list is expected.", "Compare the event with EPCIS 2.0."),
    text("member_missing", "A member is missing that the standard requires.", "Add it."),
    text("member_unknown", "The standard has no such member here, or the prefix is not declared.", "Leave it out, or declare the prefix of the extension in @context."),
    text("type_unknown", "This is no type of event.", "Choose one of the five that EPCIS 2.0 has."),
    text("action_unknown", "This is no action.", "Choose ADD, OBSERVE or DELETE."),
    text("word_unknown", "The word is not in the Core Business Vocabulary.", "Choose one of its words; a word of your own is a URI."),
    text("uri_invalid", "This is no absolute URI, or too long.", "Send the whole URI, with its scheme."),
    text("time_invalid", "This is no time.", "Send a time of ISO 8601 with its time zone."),
    text("offset_invalid", "This is no offset of a time zone.", "Send +HH:MM or -HH:MM, at most 14:00."),
    text("time_to_come", "The event is of a time that has not come yet.", "Check the clock of the machine that made it."),
    text("ilmd_misplaced", "Master data of a lot stand in an event that makes no packs.", "Leave ilmd out, or set the action to ADD."),
    text("event_id_taken", "The id was given to another event.", "Give each event an id of its own. A correction is the same event again, with an errorDeclaration."),
    text("more_errors", "More is wrong with the document than is listed.", "Mend what is listed first, and send it again."),

    // Events: their meaning.
    text("transformation_event_refused", "A TransformationEvent is not taken: a pack stays the pack that it was made as.", "Decommission the packs that go in, and commission those that come out."),
    text("partial_dispensing_refused", "Parts of packs are not on this ledger.", "Dispense the pack when the last part is given."),
    text("recall_event_refused", "A recall needs a class and a notice, which an event does not carry.", "Use POST /api/v1/recalls."),
    text("reason_missing", "The event does not say why the packs end.", "Give the disposition destroyed, stolen, damaged or unavailable, or the bizStep destroying."),
    text("packs_not_named", "The event names a class and a quantity, and this ledger moves packs and units.", "Name them in the list of EPCs."),
    text("mixed", "Packs and units are commissioned in one event.", "Send an event for each."),
    text("lot_data_missing", "The event that makes packs lacks lot or expiry.", "Give cbvmda:lotNumber and cbvmda:itemExpirationDate in ilmd."),
    text("lot_data_differ", "Another event of the document gives the batch other dates.", "Give every event of the batch the same dates."),
    text("no_shipment", "What the event names does not stand in one open shipment.", "Name what one shipment holds: the outermost units, and the packs beside them."),
    text("not_whole", "The event names only part of the shipment.", "Name everything that stands in it, or receive with exceptions by POST /api/v1/receipts."),
    text("not_direct", "The unit does not stand directly in the shipment, or another event of the document names it.", "Name the outermost units, each in one event."),
];

#[cfg(test)]
mod tests;
