//! What was scanned of a delivery, sorted by what is on record.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use theriac_gs1::{Gtin, Lot, Sscc};
use theriac_http::problem::Problem;
use theriac_ledger::identifier::{PackLocation, RunId};
use theriac_ledger::pack_set::PackRange;
use theriac_records::pack_range::intersect;
use theriac_records::repository::contents::Contents;
use theriac_records::repository::lots::{LotRecord, find_lot};
use theriac_records::repository::packs::{SpanRecord, find_pack};
use theriac_records::repository::units::find_unit;

use super::answer::{ReceiptCheckBody, UnexpectedAnswer};
use crate::operation::resolve::disagreement;
use crate::operation::{Desk, storage_problem};
use crate::scan::{Scanned, What, look_up};

/// What was scanned as what.
#[derive(Default)]
pub(super) struct Marks {
    pub(super) units: BTreeSet<Sscc>,
    packs: BTreeMap<RunId, Vec<PackRange>>,
}

impl Marks {
    fn add(&mut self, location: &PackLocation) {
        let range = PackRange {
            first: location.position,
            count: 1,
        };
        self.packs.entry(location.run).or_default().push(range);
    }

    /// Those of a span's packs that were scanned by themselves.
    pub(super) fn of(&self, span: &SpanRecord) -> Vec<PackRange> {
        let whole = span.range();
        let of_run = self.packs.get(&span.run);
        let parts = of_run.into_iter().flatten();
        parts.filter_map(|part| intersect(whole, *part)).collect()
    }
}

/// What was scanned, sorted.
#[derive(Default)]
pub(super) struct Found {
    pub(super) ticked: Marks,
    pub(super) damaged: Marks,
    /// Packs of the shipment whose labels say otherwise than the record.
    pub(super) mismatched: Marks,
    pub(super) unexpected: Vec<UnexpectedAnswer>,
}

/// Sorts what was scanned into what is in the shipment and what is not.
pub(super) async fn mark(
    desk: &Desk,
    body: &ReceiptCheckBody,
    contents: &Contents,
) -> Result<Found, Problem> {
    let all = body.codes.iter().chain(&body.damaged);
    let texts: Vec<&str> = all.map(String::as_str).collect();
    let inside: BTreeSet<Sscc> = contents.units.iter().map(|unit| unit.sscc).collect();
    let mut lots: BTreeMap<(Gtin, Lot), Option<LotRecord>> = BTreeMap::new();
    let mut found = Found::default();
    for (index, scanned) in look_up(desk, &texts).await?.into_iter().enumerate() {
        let (at, marks) = match index.checked_sub(body.codes.len()) {
            None => (format!("codes[{index}]"), &mut found.ticked),
            Some(index) => (format!("damaged[{index}]"), &mut found.damaged),
        };
        match &scanned.what {
            What::Unit(sscc) if inside.contains(sscc) => {
                marks.units.insert(*sscc);
            }
            What::Pack {
                code,
                location: Some(location),
                ..
            } if holds(contents, location) => {
                let record = lot_of(desk, location, &mut lots).await?;
                let lot = &location.run.lot;
                match disagreement(code.lot, code.expiry, lot, record) {
                    None => marks.add(location),
                    Some((_, detail)) => {
                        found.mismatched.add(location);
                        found.unexpected.push(UnexpectedAnswer {
                            at,
                            kind: "mismatch".to_owned(),
                            detail: format!("{detail}: put the pack aside"),
                            notes: scanned.notes,
                        });
                    }
                }
            }
            _ => found
                .unexpected
                .push(tell_unexpected(desk, at, scanned).await?),
        }
    }
    Ok(found)
}

async fn lot_of<'l>(
    desk: &Desk,
    location: &PackLocation,
    lots: &'l mut BTreeMap<(Gtin, Lot), Option<LotRecord>>,
) -> Result<Option<&'l LotRecord>, Problem> {
    let name = (location.run.gtin, location.run.lot);
    if let Entry::Vacant(vacant) = lots.entry(name) {
        let record = find_lot(&desk.database, &name.0, &name.1).await;
        vacant.insert(record.map_err(|error| storage_problem(&error))?);
    }
    Ok(lots.get(&name).and_then(Option::as_ref))
}

fn holds(contents: &Contents, location: &PackLocation) -> bool {
    let key = (location.run, location.position);
    let after = contents
        .spans
        .partition_point(|span| (span.run, span.first) <= key);
    let span = after.checked_sub(1).and_then(|at| contents.spans.get(at));
    span.is_some_and(|span| {
        span.run == location.run && location.position < span.first.saturating_add(span.count)
    })
}

async fn tell_unexpected(
    desk: &Desk,
    at: String,
    scanned: Scanned,
) -> Result<UnexpectedAnswer, Problem> {
    let storage = |error| storage_problem(&error);
    let holder = match &scanned.what {
        What::Pack {
            location: Some(location),
            ..
        } => find_pack(&desk.database, location)
            .await
            .map_err(storage)?
            .map(|pack| pack.holder),
        What::Unit(sscc) => find_unit(&desk.database, sscc)
            .await
            .map_err(storage)?
            .map(|unit| unit.holder),
        _ => None,
    };
    let (kind, detail) = match (&scanned.what, holder) {
        (_, Some(holder)) => match (holder.shipment, holder.addressee) {
            (Some(other), Some(to)) if to == desk.account => {
                ("over", format!("it is in another shipment to you: {other}"))
            }
            (Some(_), _) => ("over", "it is on its way to somebody else".to_owned()),
            (None, _) if holder.account == desk.account => {
                ("already_yours", "you hold it already".to_owned())
            }
            (None, _) => (
                "over",
                "it is held by somebody else and not sent to you".to_owned(),
            ),
        },
        (What::Unreadable(error), None) => ("unreadable", error.to_string()),
        (What::Nothing | What::Item { .. }, None) => (
            "unreadable",
            "the code names neither a pack nor a unit: scan the one with the serial number"
                .to_owned(),
        ),
        (_, None) if scanned.is_scanner_fault => {
            ("unreadable", "the scanner is set wrong".to_owned())
        }
        (_, None) => ("product_without_data", "it is on no record".to_owned()),
    };
    Ok(UnexpectedAnswer {
        at,
        kind: kind.to_owned(),
        detail,
        notes: scanned.notes,
    })
}

#[cfg(test)]
mod tests {
    use theriac_ledger::action::Purpose;
    use theriac_ledger::testing::{Actor, serial};

    use super::super::{ReceiptCheckBody, check};
    use crate::testing::{TestDesk, item, run};

    #[tokio::test]
    async fn pack_whose_label_says_otherwise_than_the_record_is_put_aside_and_not_received() {
        let mut test = TestDesk::new(98, 10).await;
        let way = (Actor::Maker, Actor::Pharmacy);
        let shipment = test.ship(way, Purpose::Supply, &[(0, 4)], vec![]).await;
        let code = |position: u32, rest: &str| {
            let serial = serial(position);
            format!("(01){}{rest}(21){}", item(), serial.as_str())
        };
        let lot = run().lot;
        let body = ReceiptCheckBody {
            sscc: None,
            shipment: Some(shipment.to_string()),
            codes: vec![
                code(0, &format!("(10){lot}")),
                code(1, ""),
                code(2, "(10)LOT-B"),
                code(3, "(17)200131"),
            ],
            damaged: Vec::new(),
        };
        let answer = check(&test.of(Actor::Pharmacy), &body).await.unwrap();
        let packs = answer.packs;
        assert_eq!((packs.ticked, packs.mismatched, packs.missing), (2, 2, 0));
        assert!(!answer.is_complete);
        let told: Vec<_> = answer
            .unexpected
            .iter()
            .map(|one| (one.at.as_str(), one.kind.as_str()))
            .collect();
        assert_eq!(told, [("codes[2]", "mismatch"), ("codes[3]", "mismatch")]);
        let [except] = answer.receipt.except.as_slice() else {
            panic!("{:?}", answer.receipt)
        };
        assert_eq!(except.reason, "suspect");
        assert_eq!((except.packs[0].first, except.packs[0].count), (2, 2));
        let [line] = answer.receipt.report.as_slice() else {
            panic!("{:?}", answer.receipt)
        };
        assert_eq!((line.kind.as_str(), line.codes.len()), ("mismatch", 2));
    }
}
