//! Packs and lots.

use theriac_gs1::{Gtin, Lot, ScannedCode, SerialNumber};
use theriac_ledger::action::Country;
use theriac_ledger::custody::{self, Custody};
use theriac_ledger::identifier::{AccountId, PackKey, PackLocation};
use theriac_ledger::record::{
    Chunk, LotRecord, LotState, Organisation, PackEntry, Product, ProductPublic, Run, chunk_of,
};
use theriac_ledger::state::State;
use theriac_ledger::state_key::StateKey;
use theriac_proof::Question;
use theriac_proof::verdict::{AbsentFrom, Verdict, judge};

use super::party::{Party, party};
use super::{Asker, Finding, market};
use crate::view::{Head, ReadError, find, get};

/// What the ledger says of a pack or a lot.
#[derive(Clone, Debug)]
pub(crate) struct ItemFinding {
    /// What is on record, against what was read. None where the code has a serial but no lot and
    /// the serial is not on record: absence is claimed for a lot only.
    pub(crate) verdict: Option<Verdict>,
    /// The country in which the asker supplies.
    pub(crate) market: Option<Country>,
    /// The product, when it is on record.
    pub(crate) product: Option<ProductFacts>,
    /// State of the lot on record: that of the pack, else the one that the code names.
    pub(crate) lot: Option<(Lot, LotState)>,
    /// Whether the lot that the code names is recalled, whatever else the code says.
    pub(crate) is_claimed_lot_recalled: bool,
    /// Where the pack stands.
    pub(crate) pack: Option<PackFacts>,
    /// The code is not on record, but is with capital and small letters swapped.
    pub(crate) is_known_in_other_case: bool,
}

/// The product as the pack names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProductFacts {
    pub(crate) name: String,
    pub(crate) strength: String,
    pub(crate) form: String,
    pub(crate) maker: String,
}

/// Where a pack stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackFacts {
    /// Where its identity stands.
    pub(crate) location: PackLocation,
    /// Who holds it.
    pub(crate) custody: Custody,
    /// The same in words.
    pub(crate) holder: Party,
    /// The account behind the last change of status.
    pub(crate) by: AccountId,
}

impl ItemFinding {
    /// Whether the ledger confirms what the code says.
    pub(crate) fn is_on_record(&self) -> bool {
        matches!(self.verdict, Some(Verdict::Recorded(_)))
    }
}

/// What is asked, of which state.
#[derive(Clone, Copy)]
struct Query<'a> {
    state: &'a dyn State,
    head: Head,
    code: &'a ScannedCode,
    gtin: Gtin,
}

impl Query<'_> {
    fn question(&self) -> Question {
        Question {
            gtin: self.gtin,
            lot: self.code.lot,
            serial: self.code.serial,
            expiry: self.code.expiry.map(|expiry| expiry.date),
        }
    }
}

pub(super) fn look_up(
    state: &dyn State,
    head: Head,
    gtin: Gtin,
    code: &ScannedCode,
    asker: &Asker,
) -> Result<Finding, ReadError> {
    let query = Query {
        state,
        head,
        code,
        gtin,
    };
    let mut finding = ItemFinding {
        verdict: None,
        market: market(state, asker)?,
        product: None,
        lot: None,
        is_claimed_lot_recalled: false,
        pack: None,
        is_known_in_other_case: false,
    };
    if !asker.is_signed_in && code.serial.is_none() && code.lot.is_none() {
        // Before the product is looked up: whether it exists is nothing for strangers.
        return Ok(names_only_a_product());
    }
    let product: Option<Product> = find(state, &StateKey::product(&gtin), "product")?;
    let Some(product) = product.map(|product| product.public) else {
        finding.verdict = Some(absent(AbsentFrom::Register));
        return Ok(Finding::Item(Box::new(finding)));
    };
    finding.product = Some(facts(state, &product)?);
    match (code.serial, code.lot) {
        (Some(serial), _) => look_up_pack(&query, serial, &product, &mut finding)?,
        (None, Some(lot)) => look_up_lot(&query, lot, &product, &mut finding)?,
        (None, None) => return Ok(names_only_a_product()),
    }
    Ok(Finding::Item(Box::new(finding)))
}

fn names_only_a_product() -> Finding {
    let why = "The code names only a product, not one pack of it. Scan the square code of the \
               pack, or type its batch and serial number.";
    Finding::Nothing {
        why: why.to_owned(),
    }
}

fn look_up_pack(
    query: &Query<'_>,
    serial: SerialNumber,
    product: &ProductPublic,
    finding: &mut ItemFinding,
) -> Result<(), ReadError> {
    let Query {
        state,
        head,
        code,
        gtin,
    } = *query;
    let claimed = match code.lot {
        Some(lot) => find_lot(state, gtin, lot)?,
        None => None,
    };
    finding.is_claimed_lot_recalled = claimed
        .as_ref()
        .is_some_and(|lot| matches!(lot.public.state, LotState::Recalled { .. }));
    let Some(location) = state.find_pack(&PackKey::new(&gtin, &serial))? else {
        finding.is_known_in_other_case = is_known_in_other_case(state, gtin, serial)?;
        finding.lot = code.lot.zip(claimed.as_ref().map(|lot| lot.public.state));
        finding.verdict = match (code.lot, claimed) {
            (None, _) => None,
            (Some(_), Some(_)) => Some(absent(AbsentFrom::Lot)),
            (Some(_), None) => Some(absent(AbsentFrom::Product)),
        };
        return Ok(());
    };
    let lot_name = location.run.lot;
    let lot = match claimed {
        Some(claimed) if code.lot == Some(lot_name) => claimed,
        _ => get(state, &StateKey::lot(&gtin, &lot_name), "lot")?,
    };
    let entry = entry(state, &location)?;
    finding.pack = Some(pack_facts(state, location, &entry)?);
    finding.lot = Some((lot_name, lot.public.state));
    let (question, public) = (query.question(), Some(entry.public));
    let verdict = judge(
        &question,
        &lot_name,
        &lot.public,
        product,
        public,
        head.time,
    );
    finding.verdict = Some(verdict);
    Ok(())
}

fn look_up_lot(
    query: &Query<'_>,
    lot_name: Lot,
    product: &ProductPublic,
    finding: &mut ItemFinding,
) -> Result<(), ReadError> {
    let Some(lot) = find_lot(query.state, query.gtin, lot_name)? else {
        finding.verdict = Some(absent(AbsentFrom::Product));
        return Ok(());
    };
    finding.lot = Some((lot_name, lot.public.state));
    finding.is_claimed_lot_recalled = matches!(lot.public.state, LotState::Recalled { .. });
    let (question, as_of) = (query.question(), query.head.time);
    let verdict = judge(&question, &lot_name, &lot.public, product, None, as_of);
    finding.verdict = Some(verdict);
    Ok(())
}

fn find_lot(state: &dyn State, gtin: Gtin, lot: Lot) -> Result<Option<LotRecord>, ReadError> {
    find(state, &StateKey::lot(&gtin, &lot), "lot")
}

fn absent(proven_absent_from: AbsentFrom) -> Verdict {
    Verdict::Unknown { proven_absent_from }
}

/// A pack's entry; in a chunk never touched it is that of its run.
fn entry(state: &dyn State, location: &PackLocation) -> Result<PackEntry, ReadError> {
    let (number, place) = chunk_of(location.position);
    let Some(stored) = state.record(&StateKey::chunk(&location.run, number))? else {
        let run: Run = get(state, &StateKey::run(&location.run), "run")?;
        return Ok(PackEntry::untouched(&run));
    };
    let what = "chunk";
    let chunk =
        Chunk::load(&stored, number).map_err(|source| ReadError::Record { what, source })?;
    let entry = chunk.entry(place).copied();
    entry.ok_or(ReadError::Missing { what: "a pack" })
}

fn pack_facts(
    state: &dyn State,
    location: PackLocation,
    entry: &PackEntry,
) -> Result<PackFacts, ReadError> {
    let custody = custody::of_place(state, entry.private.place)?;
    Ok(PackFacts {
        location,
        custody,
        holder: party(state, custody.holder)?,
        by: entry.private.by,
    })
}

fn facts(state: &dyn State, product: &ProductPublic) -> Result<ProductFacts, ReadError> {
    let owner = StateKey::organisation(&product.owner);
    let maker: Option<Organisation> = find(state, &owner, "organisation")?;
    Ok(ProductFacts {
        name: product.name.to_string(),
        strength: product.strength.to_string(),
        form: product.form.to_string(),
        maker: maker
            .map(|maker| maker.public.legal_name.to_string())
            .unwrap_or_default(),
    })
}

/// Caps Lock is the commonest cause of serials that are not on record.
fn is_known_in_other_case(
    state: &dyn State,
    gtin: Gtin,
    serial: SerialNumber,
) -> Result<bool, ReadError> {
    let swapped = theriac_gs1::swap_case(serial.as_str());
    match SerialNumber::parse(&swapped) {
        Ok(swapped) if swapped != serial => {
            Ok(state.find_pack(&PackKey::new(&gtin, &swapped))?.is_some())
        }
        _ => Ok(false),
    }
}
