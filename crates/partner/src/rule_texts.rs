//! What the codes of the ledger's rules mean and what to do about them, for `/problems/{code}`; and those that services
//! have for whole requests beside [`ProblemCode::ALL`](theriac_http::problem::ProblemCode::ALL).
//!
//! A code of the rules is the `code` of a problem with status 409 (the present state refuses) or 422 (it can
//! never be). Every code that the ledger, the node and the services have is here: tests read their sources.

use theriac_http::problem::ProblemText;

const fn text(
    code: &'static str,
    status: u16,
    meaning: &'static str,
    next: &'static str,
) -> ProblemText {
    ProblemText {
        code,
        status,
        meaning,
        next,
    }
}

/// Every code of the rules, and of the services.
#[rustfmt::skip]
pub const RULE_TEXTS: [ProblemText; 141] = [
    text("already_included", 409, "The transaction is on the ledger already.", "Nothing: what it does is done."),
    text("transaction_expired", 409, "The time until which the transaction was valid is over.", "Make the request again; the service signs anew."),
    text("valid_until_too_far", 409, "The transaction would stay valid for longer than the ledger allows.", "Sign it with an earlier valid_until."),
    text("block_full", 409, "The block had no room.", "Nothing: it is tried again with the next block."),
    text("too_much_work", 409, "The action touches more packs or units than one transaction may.", "Split the request."),
    text("unknown_key", 409, "The ledger does not know the key that signed.", "Check the key of the service, or have it registered."),
    text("key_not_active", 409, "The key that signed was retired, replaced or revoked.", "Configure the key that took its place."),
    text("account_closed", 409, "The account that signed is closed.", "Use another account, or have it reopened."),
    text("missing_role", 409, "The account does not have the role that the action needs.", "Use an account with the role, or have it added by a change."),
    text("organisation_suspended", 409, "The organisation is suspended by the authorities.", "Ask the authorities; packs at hand may still be unpacked."),
    text("unknown_product", 409, "No product with this GTIN is registered.", "Check the GTIN, or register the product first."),
    text("product_already_registered", 409, "The GTIN is registered already.", "Use the product as it is registered."),
    text("gtin_not_yours", 409, "The GTIN does not start with a company prefix of the organisation.", "Check the GTIN, or have the prefix recorded by a change."),
    text("not_product_owner", 409, "Another organisation registered the product.", "Ask its owner."),
    text("unknown_lot", 409, "The product has no such batch on the ledger.", "Check product and batch."),
    text("not_lot_maker", 409, "Another organisation made the batch.", "Ask its maker, or a regulator."),
    text("lot_closed", 409, "The batch is closed: no packs are added to it.", "Start another batch."),
    text("lot_recalled", 409, "The batch is recalled: its packs are not supplied.", "Take the packs aside and follow the recall."),
    text("lot_expired", 409, "The batch is past its last day of use.", "Take the packs aside. For a new batch, check the expiry."),
    text("run_number", 409, "The run does not have the next number of its batch.", "Make the request again; runs are numbered in order."),
    text("too_many_runs", 409, "The batch has as many runs as it may.", "Start another batch, or commission larger runs."),
    text("lot_dates_differ", 409, "Expiry or day of manufacture differ from those of the batch.", "Send the dates of the batch."),
    text("duplicate_serial", 409, "A serial number of the product is taken already, or named twice.", "Send serial numbers that were never used for this product."),
    text("product_withdrawn", 409, "The product may not be supplied any more.", "Take the packs aside."),
    text("unknown_run", 409, "No such run is on the ledger.", "Check product, batch and run."),
    text("pack_beyond_run", 409, "The run has fewer packs than the position that is named.", "Check the range."),
    text("pack_not_held", 409, "The account does not have custody of the pack.", "Receive it first, or check the code."),
    text("pack_inside_unit", 409, "The pack is inside a case or pallet.", "Unpack the unit, or act on the whole unit."),
    text("pack_in_open_shipment", 409, "The pack is on its way: its shipment was not received yet.", "Receive or cancel the shipment first."),
    text("pack_active", 409, "The pack is in no state that this action ends.", "Check the code: nothing needs to be undone."),
    text("already_dispensed", 409, "The pack was dispensed before.", "Do not hand it out. If it was here, it can be undone; if not, keep the pack and report it."),
    text("pack_locked", 409, "The pack is in quarantine.", "Whoever locked it unlocks it."),
    text("pack_destroyed", 409, "The pack was destroyed, according to the ledger.", "Keep the pack and report it: it should not exist."),
    text("pack_exported", 409, "The pack left the country, according to the ledger.", "Keep the pack and report it."),
    text("pack_stolen", 409, "The pack is reported stolen.", "Keep the pack and report it."),
    text("pack_missing", 409, "The pack is reported missing.", "Report that it was found."),
    text("pack_damaged", 409, "The pack is reported damaged.", "Do not supply it."),
    text("reported_by_other_account", 409, "Another account reported this, and only that account takes it back.", "Ask that account."),
    text("undo_too_late", 409, "The days in which this can be undone are over.", "Report it; it stays as it is on the ledger."),
    text("reactivate_reason", 409, "This reason is not good for bringing back packs of this state.", "Choose a reason that fits the state."),
    text("pack_not_in_unit", 409, "The pack is not in the unit that is named.", "Check the unit's contents."),
    text("pack_not_in_shipment", 409, "The pack is not in the shipment that is named.", "Check the shipment's contents."),
    text("unknown_unit", 409, "No unit with this SSCC is on the ledger.", "Check the SSCC."),
    text("unit_resolved", 409, "The unit was unpacked; it holds nothing any more.", "Act on its packs, or pack them anew under a fresh SSCC."),
    text("unit_not_held", 409, "The account does not have custody of the unit.", "Receive it first, or check the SSCC."),
    text("unit_inside_unit", 409, "The unit is inside another unit.", "Unpack the outer unit, or act on it."),
    text("unit_in_open_shipment", 409, "The unit is on its way: its shipment was not received yet.", "Receive or cancel the shipment first."),
    text("sscc_not_yours", 409, "The SSCC does not start with a company prefix of the organisation.", "Use an SSCC of your own prefix."),
    text("unit_not_in_unit", 409, "The inner unit is not in the unit that is named.", "Check the unit's contents."),
    text("unit_not_in_shipment", 409, "The unit is not in the shipment that is named.", "Check the shipment's contents."),
    text("unit_too_deep", 409, "Units are nested deeper than the ledger allows.", "Pack fewer levels."),
    text("unit_too_many_lots", 409, "The unit would hold packs of more batches than the ledger allows.", "Spread them over several units."),
    text("unknown_shipment", 409, "No such shipment is on the ledger.", "Check the id; a shipment made a moment ago may need a few seconds."),
    text("shipment_resolved", 409, "The shipment was received, refused or cancelled before.", "Look at the shipment as it is now."),
    text("not_addressee", 409, "The shipment is addressed to another account.", "Its addressee acts on it."),
    text("not_sender", 409, "Another account sent the shipment.", "Its sender acts on it."),
    text("unknown_addressee", 409, "The ledger does not know the account to which is sent.", "Check the account."),
    text("ship_to_self", 409, "A shipment to the own account was asked for.", "Name another account."),
    text("addressee_inactive", 409, "The addressee's account is closed or its organisation suspended.", "Ask the addressee."),
    text("addressee_role", 409, "The addressee has no role that may receive this.", "Check the addressee."),
    text("unknown_change", 409, "There is no such change.", "Check the id with `theriac change list`."),
    text("change_enacted", 409, "The change is in force already.", "Nothing."),
    text("change_withdrawn", 409, "The change was withdrawn or vetoed.", "Propose it anew if it is still wanted."),
    text("change_expired", 409, "The change was not enacted in time.", "Propose it anew."),
    text("not_an_authority", 409, "Only an authority whose validator votes may do this.", "Ask an authority."),
    text("key_of_other_account", 409, "A key in the change belongs to another account.", "Check key and account."),
    text("recovery_key", 409, "A recovery key does nothing but replace keys of its account.", "Sign with another key."),
    text("needs_no_approval", 409, "The change is about an account's own keys and needs nobody's approval.", "Enact it."),
    text("already_approved", 409, "The organisation has approved the change already.", "Nothing."),
    text("too_few_approvals", 409, "Too few authorities have approved the change.", "Wait for more approvals."),
    text("change_too_early", 409, "The change's delay is not over.", "Enact it from the time that `detail` names."),
    text("change_differs", 409, "What is to be enacted is not what was proposed.", "Enact the file that was proposed."),
    text("change_outdated", 409, "What the change would replace has changed since.", "Propose it anew."),
    text("change_disputed", 409, "The change was proposed by a key that others may have held, or by a suspended organisation.", "Propose it anew."),
    text("no_part_in_change", 409, "The account has no part in this change.", "Ask who proposed it."),
    text("organisation_exists", 409, "The organisation is on record already.", "Use another id, or update it."),
    text("unknown_organisation", 409, "There is no such organisation.", "Check the id."),
    text("already_suspended", 409, "The organisation is suspended already.", "Nothing."),
    text("not_suspended", 409, "The organisation is not suspended.", "Nothing."),
    text("prefix_taken", 409, "The company prefix belongs to another organisation.", "Check the prefix."),
    text("too_many_prefixes", 409, "The organisation has as many company prefixes as it may.", "Give up one first."),
    text("account_exists", 409, "The account is on record already.", "Use another account."),
    text("unknown_account", 409, "There is no such account.", "Check the account."),
    text("named_account_closed", 409, "The account that the change names is closed.", "Reopen it first."),
    text("account_open", 409, "The account is open.", "Nothing."),
    text("account_roles", 409, "The account cannot have these roles.", "Check the roles of its organisation."),
    text("key_registered", 409, "The key is registered already.", "Make a new key."),
    text("named_key_unknown", 409, "The key that the change names is not registered.", "Check the key."),
    text("key_ended", 409, "The key was retired, replaced or revoked before.", "Name the key that is in force."),
    text("key_votes", 409, "The key votes: it is changed by a change of validators.", "Change the validator."),
    text("key_differs", 409, "The key is not the one on record.", "Check the key."),
    text("compromised_in_future", 409, "A key cannot be compromised since a time that has not come.", "Name a time that is past."),
    text("no_authority", 409, "The organisation is no authority.", "Check the organisation."),
    text("unknown_validator", 409, "No validator has this key.", "Check the key with `theriac validator list`."),
    text("network_key_taken", 409, "Another validator has this network key.", "Make another network key."),
    text("too_many_validators", 409, "There are as many validators as there may be.", "Remove one first."),
    text("too_few_validators", 409, "Too few validators would be left.", "Add one first."),
    text("too_much_power", 409, "One validator or organisation would have too much of the voting power.", "Choose a smaller power."),
    text("validators_busy", 409, "Another change of the validators is not in force yet.", "Enact it in a later block."),
    text("unknown_protocol", 409, "No node here knows that version of the protocol.", "Upgrade the nodes first."),
    text("transaction_too_long", 422, "The transaction has more bytes than one may have.", "Split the request."),
    text("bad_signature", 422, "The signature is not the signer's.", "Sign the canonical bytes for this chain."),
    text("unknown_action", 422, "No action has this number.", "Use a program of the version of the chain."),
    text("malformed_action", 422, "The body of the action cannot be read.", "Send canonical bytes."),
    text("too_many_packs", 422, "The action names more ranges of packs than one may.", "Split the request."),
    text("malformed_packs", 422, "The ranges of packs are not in canonical order.", "Sort and join the ranges."),
    text("nothing_named", 422, "Nothing is named on which to act.", "Name at least one pack or unit, or what else `detail` asks for."),
    text("unit_order", 422, "Units are not in canonical order.", "Sort them."),
    text("too_many_units", 422, "More units are named or made than one request may.", "Split the request, or put more into each unit."),
    text("unit_in_itself", 422, "A unit was to be packed into itself.", "Check the SSCCs."),
    text("pack_named_twice", 422, "A pack is named twice.", "Name each pack once."),
    text("unit_named_twice", 422, "A unit is named twice.", "Name each unit once."),
    text("run_without_packs", 422, "A run without packs was to be commissioned.", "Send at least one serial number."),
    text("expiry_before_manufacture", 422, "The last day of use is before the day of manufacture.", "Check the dates."),
    text("product_without_name", 422, "The product has no name.", "Send the name on the pack."),
    text("pack_size_zero", 422, "The product has no doses in a pack.", "Send the number of doses."),
    text("storage_range", 422, "The lowest storage temperature is above the highest.", "Check the temperatures."),
    text("market_order", 422, "Markets are not in canonical order, or named twice.", "Name each market once."),
    text("change_without_name", 422, "The change lacks a name.", "Send the name."),
    text("change_order", 422, "Items of the change are not in canonical order.", "Sort them and name each once."),
    text("account_place", 422, "The place of the account is malformed.", "Send a GLN or an address."),
    text("weak_key", 422, "The key is one of the few that sign anything.", "Make a key with `theriac key new`."),
    text("possession_not_proven", 422, "The change does not prove that the new key is held.", "Make the proof with the key itself."),
    text("key_purposes", 422, "The key has no purpose, or purposes that do not go together.", "Check the purposes."),
    text("same_key", 422, "A key was to be replaced by itself.", "Make a new key."),
    text("validator_without_power", 422, "A validator without voting power was to be added.", "Choose a power of at least one."),
    text("validator_seat", 422, "The validator's seat is malformed.", "Check address and network key."),
    text("parameter_out_of_bounds", 422, "A parameter is outside its bounds.", "Choose a value within the bounds that `detail` names."),
    text("malformed_transaction", 422, "The bytes are no signed transaction.", "Send the canonical bytes of one signed transaction."),
    text("not_a_party", 403, "The caller has no part in this history.", "Ask a party, or a regulator."),
    text("history_too_long", 422, "The history is longer than one answer may be.", "Ask for a part of it."),
    text("intent_unreadable", 422, "A stored intent is of a version that this program does not know.", "Run the program that stored it, or make the request again."),
    text("signer_unavailable", 503, "The signer of the service's key does not answer. What was accepted is kept, and sent when it signs.", "Ask for the intent later. If it lasts, tell the operator."),
    text("earlier_step_rejected", 409, "Another step of the request, or an earlier one about the same packs, was rejected, and this one waited for it.", "Read `detail`, mend what the earlier step was refused for, and make the request again."),
    text("already_scanned", 409, "The pack was supplied here within the last two minutes: it was scanned twice.", "Nothing: what was asked for is done."),
    text("already_dispensed_here", 409, "The pack was supplied here before.", "Check whether it was scanned twice. If the first supply did not occur, undo it: POST /api/v1/dispensings/undo."),
    text("already_dispensed_elsewhere", 409, "A pack with this code was supplied by somebody else: one of the two may be a copy.", "Do not supply it: keep the pack apart, quarantine it and report it."),
    text("return_not_verified", 409, "Some of the packs came back with a return, or are on their way back, and were not verified: they are not saleable.", "Receive the return and scan them: POST /api/v1/returns/{shipment}/verifications. What does not agree with the record stays blocked."),
    text("signer_refused", 422, "The signer of the service's key does not allow this action.", "Ask the signer's operator to allow it, then make the request anew."),
    text("rejected", 422, "The ledger refused the action, for a reason that this program has no code for.", "Read `detail`."),
    text("transaction_too_large", 422, "What was asked for does not fit into one transaction.", "Split the request."),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use theriac_http::problem::ProblemCode;

    use crate::source_codes::{request_codes, sources};

    /// What stands between quotes after an arrow, where it has the form of a code.
    fn codes_in(source: &str) -> BTreeSet<String> {
        let mut codes = BTreeSet::new();
        for function in source
            .split("fn ")
            .filter(|text| text.starts_with("code(") || text.starts_with("status_code("))
        {
            let body = function.split("\n    }\n").next().unwrap_or_default();
            for quoted in body.split('"').skip(1).step_by(2) {
                codes.insert(quoted.to_owned());
            }
        }
        codes
    }

    fn explained() -> BTreeSet<&'static str> {
        RULE_TEXTS.iter().map(|text| text.code).collect()
    }

    #[test]
    fn every_code_of_the_ledger_is_explained() {
        let found = sources(&[
            "crates/ledger/src/rejection",
            "crates/ledger/src/execute",
            "crates/ledger/src/change",
        ]);
        let codes = found.iter().flat_map(|source| codes_in(&source.text));
        let codes: BTreeSet<_> = codes.collect();
        assert!(codes.len() > 100, "{codes:?}");
        let explained = explained();
        assert_eq!(explained.len(), RULE_TEXTS.len());
        let missing: Vec<_> = codes
            .iter()
            .filter(|code| !explained.contains(code.as_str()) && *code != "not_enabled")
            .collect();
        assert!(missing.is_empty(), "{missing:?} need entries in this table");
    }

    #[test]
    fn every_code_of_the_node_and_the_services_is_explained() {
        let found = request_codes(&sources(&[
            "crates/node/src",
            "crates/client/src",
            "crates/records/src",
            "crates/partner/src",
            "services",
        ]));
        assert!(
            found.unread.is_empty(),
            "{:?}: write the code as a literal, or add the place to HANDED_ON",
            found.unread
        );
        assert!(found.literals.len() > 10, "{:?}", found.literals);
        let own = ProblemCode::ALL.into_iter().map(ProblemCode::as_str);
        let explained: BTreeSet<_> = explained().into_iter().chain(own).collect();
        let missing: Vec<_> = found
            .literals
            .iter()
            .filter(|code| !explained.contains(code.as_str()))
            .collect();
        assert!(missing.is_empty(), "{missing:?} need entries in this table");
    }

    #[test]
    fn every_text_is_that_of_a_code() {
        let found = sources(&[
            "crates/ledger/src",
            "crates/node/src",
            "crates/records/src",
            "crates/partner/src",
        ]);
        let dead: Vec<_> = explained()
            .into_iter()
            .filter(|code| {
                let quoted = format!("\"{code}\"");
                let has_it = |text: &str| text.contains(&quoted);
                let mut others = found
                    .iter()
                    .filter(|source| !source.path.ends_with("/rule_texts.rs"));
                !others.any(|source| has_it(&source.text))
            })
            .collect();
        assert!(dead.is_empty(), "nothing has the codes {dead:?}");
    }
}
