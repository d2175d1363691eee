//! Bags: packs that are supplied together by one scan. They live in this service alone; the ledger sees the packs.

use serde::{Deserialize, Serialize};
use theriac_client::Generator;
use theriac_gs1::{Ai, ElementString, Gtin, ScannedCode, SerialNumber};
use theriac_http::call::WriteCall;
use theriac_http::paging::{Page, PageQuery};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_http::random::system_random;
use theriac_label::{Label, LabelContent, LabelOptions, LabelText, RenderedLabel};
use theriac_ledger::identifier::{PackKey, PackLocation, Timestamp};
use theriac_ledger::record::PackStatus;
use theriac_records::repository::bags::{
    BagPack, BagRecord, StoredBag, find_bag, find_bag_by_code, find_bag_of_key, list_bags,
    remove_bag, store_bag,
};
use theriac_records::repository::intents::RequestKey;
use theriac_records::repository::lots::find_lot;
use theriac_records::repository::packs::{PackRecord, find_locations, find_pack};
use utoipa::ToSchema;

use crate::faults::Faults;
use crate::id::new_id;
use crate::operation::foresight::supply_block;
use crate::operation::resolve::disagreement;
use crate::operation::{Desk, storage_problem};
use crate::scan::{What, look_up};

/// Packs in one bag: more than any prescription, and well within one action.
pub const BAG_PACKS_MAX: usize = 100;
/// Characters of a bag's name.
const NAME_CHARS_MAX: usize = 80;
/// What a bag's code begins with, after the application identifier (98), internal use of a company.
const PREFIX: &str = "THB";
/// Random characters of a code: 80 bits.
const CODE_CHARS: usize = 16;
/// Digits and capital letters that nobody misreads (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What goes into a bag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BagBody {
    /// For people, such as the number of an order. Nothing about a patient belongs here.
    #[serde(default)]
    pub name: Option<String>,
    /// What a scanner read from the packs, in any GS1 form.
    pub codes: Vec<String>,
}

/// A pack in a bag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BagPackAnswer {
    /// The product.
    pub gtin: String,
    /// The serial number.
    pub serial: String,
    /// The batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// Its status on the ledger.
    #[schema(example = "active")]
    pub status: String,
}

/// A bag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BagAnswer {
    /// Its id.
    pub bag: String,
    /// What its label says; scanned, it stands for every pack in it.
    #[schema(example = "(98)THB4J7Q2M9XK1V8C3RT")]
    pub code: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `packed`, `dispensed`, or `mixed`.
    #[schema(example = "packed")]
    pub state: String,
    /// Its packs, in the order in which they were scanned.
    pub packs: Vec<BagPackAnswer>,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: String,
}

/// A page of bags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BagsAnswer {
    /// The bags, the newest first.
    pub bags: Vec<BagAnswer>,
    /// By which to ask for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Makes a bag.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn make(desk: &Desk, call: &WriteCall, body: &BagBody) -> Result<BagAnswer, Problem> {
    let content = serde_json::to_vec(body).map_err(|error| Problem::internal(&error))?;
    let key = RequestKey {
        key: call.key.clone(),
        request: call.digest(&content),
    };
    // What was bagged before may be supplied meanwhile: it is not looked at again.
    if !call.dry_run {
        let before = find_bag_of_key(&desk.database, &key).await;
        if let Some(before) = before.map_err(|error| storage_problem(&error))? {
            return answer(desk, before, &[]).await;
        }
    }
    let bag = BagRecord {
        id: new_id(&Generator::system()),
        code: new_code(&mut system_random()),
        name: body.name.clone().filter(|name| !name.is_empty()),
        packs: read_packs(desk, body).await?,
        created_by: call.user.clone(),
        created_at: Timestamp(desk.clock.now_ms()),
    };
    if call.dry_run {
        return tell(desk, bag).await;
    }
    let stored = store_bag(&desk.database, &key, &bag)
        .await
        .map_err(|error| storage_problem(&error))?;
    match stored {
        StoredBag::New => tell(desk, bag).await,
        other => answer(desk, other, &bag.packs).await,
    }
}

/// The answer to a request of which no new bag was made.
async fn answer(desk: &Desk, stored: StoredBag, packs: &[BagPack]) -> Result<BagAnswer, Problem> {
    match stored {
        StoredBag::Before(before) => tell(desk, *before).await,
        StoredBag::Taken(taken) => Err(refuse_taken(packs, &taken)),
        StoredBag::KeyReused | StoredBag::New => Err(Problem::new(
            ProblemCode::IdempotencyKeyReused,
            "the idempotency key was used for another request",
        )),
    }
}

fn refuse_taken(packs: &[BagPack], taken: &[(PackKey, String)]) -> Problem {
    let mut faults = Faults::new();
    for (index, (gtin, serial)) in packs.iter().enumerate() {
        let key = PackKey::new(gtin, serial);
        if let Some((_, bag)) = taken.iter().find(|(found, _)| *found == key) {
            let detail = format!("the pack is in bag {bag}: take that apart first");
            faults.add(format!("codes[{index}]"), "in_another_bag", detail);
        }
    }
    faults
        .check()
        .err()
        .unwrap_or_else(|| Problem::new(ProblemCode::Conflict, "a pack is in another bag"))
}

async fn read_packs(desk: &Desk, body: &BagBody) -> Result<Vec<BagPack>, Problem> {
    let mut faults = Faults::new();
    if body.codes.is_empty() || body.codes.len() > BAG_PACKS_MAX {
        let detail = format!("a bag holds 1 to {BAG_PACKS_MAX} packs");
        faults.add("codes", "count_invalid", detail);
        return faults.finish(None);
    }
    let name = body.name.as_deref().unwrap_or_default();
    if name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
        let detail = format!("a name has at most {NAME_CHARS_MAX} characters, none for control");
        faults.add("name", "name_invalid", detail);
    }
    let texts: Vec<&str> = body.codes.iter().map(String::as_str).collect();
    let mut packs: Vec<BagPack> = Vec::new();
    for (index, scanned) in look_up(desk, &texts).await?.into_iter().enumerate() {
        let at = format!("codes[{index}]");
        match scanned.what {
            What::Pack {
                code,
                gtin,
                serial,
                location: Some(location),
            } => {
                if !is_for_a_bag(desk, &mut faults, &at, &code, &location).await? {
                    continue;
                }
                if packs.contains(&(gtin, serial)) {
                    faults.add(at, "named_twice", "the same pack is named before");
                } else {
                    packs.push((gtin, serial));
                }
            }
            What::Pack { .. } => faults.add(at, "pack_unknown", "no such pack is known here"),
            What::Unreadable(error) => faults.add(at, "code_unreadable", error.to_string()),
            What::Item { .. } | What::Unit(_) | What::Nothing => {
                faults.add(
                    at,
                    "pack_needed",
                    "the code names no single pack: scan the packs",
                );
            }
        }
    }
    faults.finish(Some(packs))
}

/// Whether a pack goes into a bag: it is as its label says, and here to be supplied.
async fn is_for_a_bag(
    desk: &Desk,
    faults: &mut Faults,
    at: &str,
    code: &ScannedCode,
    location: &PackLocation,
) -> Result<bool, Problem> {
    let storage = |error| storage_problem(&error);
    let (gtin, lot) = (&location.run.gtin, &location.run.lot);
    let record = find_lot(&desk.database, gtin, lot).await.map_err(storage)?;
    if let Some((code, detail)) = disagreement(code.lot, code.expiry, lot, record.as_ref()) {
        faults.add(at, code, detail);
        return Ok(false);
    }
    let found = find_pack(&desk.database, location).await.map_err(storage)?;
    let is_here = |pack: &PackRecord| match pack.holder.addressee {
        Some(to) => to == desk.account,
        None => pack.holder.account == desk.account,
    };
    let now = Timestamp(desk.clock.now_ms());
    if let Some(block) = record.and_then(|lot| supply_block(&lot, now)) {
        faults.add(at, block.code(), block.to_string());
        return Ok(false);
    }
    match found {
        Some(pack) if !is_here(&pack) => {
            let detail = "your account does not hold the pack";
            faults.add(at, "pack_not_here", detail);
        }
        Some(pack) if pack.status != PackStatus::Active => {
            let detail = format!("the pack is {}", pack.status);
            faults.add(at, "pack_not_active", detail);
        }
        Some(_) => return Ok(true),
        None => faults.add(at, "pack_unknown", "no such pack is known here"),
    }
    Ok(false)
}

fn new_code(rng: &mut impl rand_core::CryptoRng) -> String {
    let mut bytes = [0; CODE_CHARS];
    rng.fill_bytes(&mut bytes);
    // 256 is a multiple of 32, so every character is equally likely.
    let random = bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    PREFIX.chars().chain(random).collect()
}

/// The packs that a code stands for, where it is that of a bag; of a bag that is not known, none.
pub(crate) async fn expand(desk: &Desk, text: &str) -> Result<Option<Vec<BagPack>>, Problem> {
    let Some(code) = code_of(text, desk.year()) else {
        return Ok(None);
    };
    let found = find_bag_by_code(&desk.database, &code)
        .await
        .map_err(|error| storage_problem(&error))?;
    Ok(Some(found.map(|bag| bag.packs).unwrap_or_default()))
}

/// The code of a bag in what was scanned.
pub(crate) fn code_of(text: &str, year: u16) -> Option<String> {
    let read = ScannedCode::parse(text, year).ok()?;
    let value = read.elements.get(internal())?;
    value.starts_with(PREFIX).then(|| value.to_owned())
}

fn internal() -> Ai {
    Ai::parse("98").expect("an application identifier of the standard")
}

/// A page of the bags, the newest first.
///
/// # Errors
///
/// A problem for a cursor or limit that is none, and when the database fails.
pub async fn list(desk: &Desk, query: &PageQuery) -> Result<BagsAnswer, Problem> {
    let limit = query.limit()?;
    let after: Option<(Timestamp, String)> = query.after()?;
    let place = after.as_ref().map(|(time, id)| (*time, id.as_str()));
    let found = list_bags(&desk.database, place, limit + 1)
        .await
        .map_err(|error| storage_problem(&error))?;
    let page = Page::of(found, limit, |bag| (bag.created_at, bag.id.clone()));
    let mut bags = Vec::with_capacity(page.items.len());
    for bag in page.items {
        bags.push(tell(desk, bag).await?);
    }
    let next = page.next;
    Ok(BagsAnswer { bags, next })
}

/// One bag.
///
/// # Errors
///
/// A problem `not_found`.
pub async fn show(desk: &Desk, id: &str) -> Result<BagAnswer, Problem> {
    tell(desk, find(desk, id).await?).await
}

/// Takes a bag apart: its packs may go into others.
///
/// # Errors
///
/// A problem `not_found`.
pub async fn remove(desk: &Desk, id: &str) -> Result<(), Problem> {
    let was = remove_bag(&desk.database, id)
        .await
        .map_err(|error| storage_problem(&error))?;
    if was { Ok(()) } else { Err(unknown()) }
}

/// The label of a bag.
///
/// # Errors
///
/// A problem `not_found`.
pub async fn label(desk: &Desk, id: &str) -> Result<RenderedLabel, Problem> {
    let bag = find(desk, id).await?;
    let internal = |error: &dyn std::error::Error| Problem::internal(error);
    let elements = elements(&bag.code).map_err(|error| internal(&error))?;
    let content = LabelContent::element_string(elements.to_carrier_data())
        .map_err(|error| internal(&error))?;
    let mut text = LabelText::new();
    if let Some(name) = &bag.name {
        let short: String = name.chars().take(theriac_label::MAX_LINE_CHARS).collect();
        text = text.with_title(&short).map_err(|error| {
            Problem::new(ProblemCode::InvalidInput, error.to_string())
                .with_hint("name the bag with characters that can be printed")
        })?;
    }
    let text = text
        .with_line("BAG", &bag.code)
        .map_err(|error| internal(&error))?;
    crate::offload::offload(move || {
        Label::new(content, text, LabelOptions::default()).render_checked()
    })
    .await
    .map_err(|error| Problem::internal(&error))
}

fn elements(code: &str) -> Result<ElementString, theriac_gs1::ElementStringError> {
    ElementString::new([(internal(), code)])
}

async fn find(desk: &Desk, id: &str) -> Result<BagRecord, Problem> {
    find_bag(&desk.database, id)
        .await
        .map_err(|error| storage_problem(&error))?
        .ok_or_else(unknown)
}

fn unknown() -> Problem {
    Problem::new(ProblemCode::NotFound, "no bag has this id")
        .with_hint("GET /api/v1/bags lists those that there are")
}

async fn tell(desk: &Desk, bag: BagRecord) -> Result<BagAnswer, Problem> {
    let storage = |error| storage_problem(&error);
    let keys: Vec<PackKey> = bag
        .packs
        .iter()
        .map(|(gtin, serial)| PackKey::new(gtin, serial))
        .collect();
    let locations = find_locations(&desk.database, &keys)
        .await
        .map_err(storage)?;
    let mut packs = Vec::with_capacity(keys.len());
    let mut dispensed = 0;
    for ((gtin, serial), key) in bag.packs.iter().zip(&keys) {
        let (lot, status) = match locations.get(key) {
            None => (None, None),
            Some(location) => {
                let pack = find_pack(&desk.database, location).await.map_err(storage)?;
                (Some(location.run.lot), pack.map(|pack| pack.status))
            }
        };
        dispensed += usize::from(status == Some(PackStatus::Dispensed));
        packs.push(pack_answer(gtin, serial, lot, status));
    }
    let state = match dispensed {
        0 => "packed",
        count if count == packs.len() => "dispensed",
        _ => "mixed",
    };
    Ok(BagAnswer {
        code: format!("(98){}", bag.code),
        bag: bag.id,
        name: bag.name,
        state: state.to_owned(),
        packs,
        made_by: bag.created_by,
        made_at: bag.created_at.to_string(),
    })
}

fn pack_answer(
    gtin: &Gtin,
    serial: &SerialNumber,
    lot: Option<theriac_gs1::Lot>,
    status: Option<PackStatus>,
) -> BagPackAnswer {
    BagPackAnswer {
        gtin: gtin.to_string(),
        serial: serial.to_string(),
        lot: lot.map(|lot| lot.to_string()),
        status: status.map_or_else(|| "unknown".to_owned(), |status| status.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bags_code_is_read_from_its_label_and_from_what_is_printed_beside_it() {
        let code = new_code(&mut system_random());
        let carried = elements(&code).unwrap().to_carrier_data();
        for text in [
            format!("(98){code}"),
            carried.clone(),
            format!("]d2{carried}"),
        ] {
            assert_eq!(
                code_of(&text, 2026).as_deref(),
                Some(code.as_str()),
                "{text}"
            );
        }
        assert_eq!(code_of("(98)SOMETHING", 2026), None);
        assert_eq!(code_of("(01)09506000134352(21)S1", 2026), None);
    }
}
