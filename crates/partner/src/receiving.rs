//! The check before the one signature of a receipt: what was scanned against what is on record.

use std::collections::{BTreeMap, BTreeSet};

use theriac_gs1::{Gtin, Lot, Sscc};
use theriac_http::problem::Problem;
use theriac_ledger::identifier::{RunId, ShipmentId};
use theriac_ledger::pack_set::PackRange;
use theriac_ledger::record::PackPlace;
use theriac_records::pack_range::subtract;
use theriac_records::repository::contents::{Container, Contents, find_contents};
use theriac_records::repository::packs::SpanRecord;

use crate::faults::Faults;
use crate::operation::exception::ReportLineBody;
use crate::operation::receipt::{ExceptionBody, ReceiptBody, find_incoming};
use crate::operation::{Desk, storage_problem};
use crate::selection::{CODES_MAX, PacksBody};

mod answer;
mod found;

use found::{Found, mark};

pub use answer::{
    ReceiptCheckAnswer, ReceiptCheckBody, TickedAnswer, TickedLotAnswer, TickedUnitAnswer,
    UnexpectedAnswer,
};

/// Packs of a span, apart.
struct Parted<'c> {
    span: &'c SpanRecord,
    damaged: Vec<PackRange>,
    mismatched: Vec<PackRange>,
    missing: Vec<PackRange>,
}

impl Parted<'_> {
    fn counts(&self) -> TickedAnswer {
        let expected = u64::from(self.span.count);
        let (damaged, missing) = (count(&self.damaged), count(&self.missing));
        let mismatched = count(&self.mismatched);
        let others = damaged.saturating_add(missing).saturating_add(mismatched);
        TickedAnswer {
            expected,
            ticked: expected.saturating_sub(others),
            damaged,
            mismatched,
            missing,
        }
    }
}

/// Checks what was scanned of a delivery against what is on record. Writes nothing.
///
/// # Errors
///
/// A problem when the shipment is not one to the account that is open.
pub async fn check(desk: &Desk, body: &ReceiptCheckBody) -> Result<ReceiptCheckAnswer, Problem> {
    let mut faults = Faults::new();
    let found = body.codes.len() + body.damaged.len();
    if found > CODES_MAX {
        let detail = format!("{found} codes are named, at most {CODES_MAX} fit one request");
        faults.add("codes", "too_many", detail);
        return faults.finish(None);
    }
    let (sscc, shipment) = (body.sscc.as_deref(), body.shipment.as_deref());
    let shipment = find_incoming(desk, &mut faults, sscc, shipment).await?;
    let shipment = faults.finish(shipment)?;
    let contents = find_contents(&desk.database, Container::Shipment(shipment.id))
        .await
        .map_err(|error| storage_problem(&error))?;
    let found = mark(desk, body, &contents).await?;
    Ok(put_together(body, shipment.id, &contents, found))
}

fn put_together(
    body: &ReceiptCheckBody,
    shipment: ShipmentId,
    contents: &Contents,
    found: Found,
) -> ReceiptCheckAnswer {
    let scanned_damaged = found.damaged.units.clone();
    let ticked_units = closure(contents, &found.ticked.units);
    let damaged_units = closure(contents, &found.damaged.units);
    let parted: Vec<Parted<'_>> = contents
        .spans
        .iter()
        .map(|span| part(span, &found, &ticked_units, &damaged_units))
        .collect();
    let unexpected = found.unexpected;
    let units = count_units(contents, &parted, &ticked_units, &damaged_units);
    let packs = parted
        .iter()
        .fold(TickedAnswer::default(), |sum, one| add(sum, one.counts()));
    let receipt = ReceiptBody {
        sscc: None,
        shipment: Some(shipment.to_string()),
        except: exceptions(contents, &parted, &units, &scanned_damaged),
        report: report(body, &unexpected),
        resolution: None,
        note: None,
    };
    let is_reported = !receipt.report.is_empty();
    ReceiptCheckAnswer {
        shipment: shipment.to_string(),
        is_complete: receipt.except.is_empty() && unexpected.is_empty(),
        packs,
        lots: count_lots(&parted),
        units: tell_units(contents, &units),
        unexpected,
        receipt: ReceiptBody {
            resolution: is_reported.then(|| "send_new_data".to_owned()),
            ..receipt
        },
    }
}

/// The units that were scanned, with every unit in them.
fn closure(contents: &Contents, scanned: &BTreeSet<Sscc>) -> BTreeSet<Sscc> {
    let mut all = scanned.clone();
    for unit in &contents.units {
        if let Container::Unit(parent) = unit.inside
            && all.contains(&parent)
        {
            all.insert(unit.sscc);
        }
    }
    all
}

fn part<'c>(
    span: &'c SpanRecord,
    found: &Found,
    ticked_units: &BTreeSet<Sscc>,
    damaged_units: &BTreeSet<Sscc>,
) -> Parted<'c> {
    let is_in = |units: &BTreeSet<Sscc>| matches!(span.place, PackPlace::Unit(sscc) if units.contains(&sscc));
    let whole = span.range();
    // Such a pack is put aside, also where its unit was scanned as whole or as damaged.
    let mismatched = joined(whole, &found.mismatched.of(span));
    let mut damaged = if is_in(damaged_units) {
        vec![whole]
    } else {
        joined(whole, &found.damaged.of(span))
    };
    damaged = damaged
        .into_iter()
        .flat_map(|part| subtract(part, &mismatched))
        .collect();
    let missing = if is_in(ticked_units) || is_in(damaged_units) {
        Vec::new()
    } else {
        let mut present = found.ticked.of(span);
        present.extend(&damaged);
        present.extend(&mismatched);
        subtract(whole, &present)
    };
    Parted {
        span,
        damaged,
        mismatched,
        missing,
    }
}

/// Ranges without overlaps, in order.
fn joined(whole: PackRange, ranges: &[PackRange]) -> Vec<PackRange> {
    subtract(whole, &subtract(whole, ranges))
}

/// A unit and what was found of it.
#[derive(Clone, Copy, Default)]
struct UnitCount {
    packs: TickedAnswer,
    /// It, or a unit in it, was scanned.
    is_seen: bool,
    is_damaged: bool,
}

fn count_units(
    contents: &Contents,
    parted: &[Parted<'_>],
    ticked: &BTreeSet<Sscc>,
    damaged: &BTreeSet<Sscc>,
) -> BTreeMap<Sscc, UnitCount> {
    let mut counts: BTreeMap<Sscc, UnitCount> = contents
        .units
        .iter()
        .map(|unit| {
            let count = UnitCount {
                packs: TickedAnswer::default(),
                is_seen: ticked.contains(&unit.sscc) || damaged.contains(&unit.sscc),
                is_damaged: damaged.contains(&unit.sscc),
            };
            (unit.sscc, count)
        })
        .collect();
    for one in parted {
        if let PackPlace::Unit(sscc) = one.span.place
            && let Some(count) = counts.get_mut(&sscc)
        {
            count.packs = add(count.packs, one.counts());
        }
    }
    // Children after their parents: from the end, each has all that is in it.
    for unit in contents.units.iter().rev() {
        let own = counts.get(&unit.sscc).copied().unwrap_or_default();
        if let Container::Unit(parent) = unit.inside
            && let Some(count) = counts.get_mut(&parent)
        {
            count.packs = add(count.packs, own.packs);
            count.is_seen |= own.is_seen;
        }
    }
    for count in counts.values_mut() {
        count.is_seen |= count.packs.missing < count.packs.expected;
    }
    counts
}

fn tell_units(contents: &Contents, counts: &BTreeMap<Sscc, UnitCount>) -> Vec<TickedUnitAnswer> {
    let units = contents.units.iter();
    units
        .map(|unit| {
            let count = counts.get(&unit.sscc).copied().unwrap_or_default();
            let state = match count {
                UnitCount {
                    is_damaged: true, ..
                } => "damaged",
                UnitCount { is_seen: false, .. } => "missing",
                UnitCount { packs, .. } if packs.ticked == packs.expected => "ticked",
                _ => "partly",
            };
            TickedUnitAnswer {
                sscc: unit.sscc.to_string(),
                inside: match unit.inside {
                    Container::Unit(parent) => Some(parent.to_string()),
                    Container::Shipment(_) => None,
                },
                state: state.to_owned(),
                packs: count.packs,
            }
        })
        .collect()
}

fn count_lots(parted: &[Parted<'_>]) -> Vec<TickedLotAnswer> {
    let mut lots: BTreeMap<(Gtin, Lot), TickedAnswer> = BTreeMap::new();
    for one in parted {
        let count = lots
            .entry((one.span.run.gtin, one.span.run.lot))
            .or_default();
        *count = add(*count, one.counts());
    }
    let lots = lots.into_iter();
    lots.map(|((gtin, lot), packs)| TickedLotAnswer {
        gtin: gtin.to_string(),
        lot: lot.to_string(),
        packs,
    })
    .collect()
}

/// What is not to be received: units where nothing of them is there, else packs.
fn exceptions(
    contents: &Contents,
    parted: &[Parted<'_>],
    units: &BTreeMap<Sscc, UnitCount>,
    scanned_damaged: &BTreeSet<Sscc>,
) -> Vec<ExceptionBody> {
    let inside: BTreeMap<Sscc, Container> = contents
        .units
        .iter()
        .map(|unit| (unit.sscc, unit.inside))
        .collect();
    let is_missing = |sscc: &Sscc| units.get(sscc).is_some_and(|unit| !unit.is_seen);
    let parent_of = |sscc: &Sscc| match inside.get(sscc) {
        Some(Container::Unit(parent)) => Some(*parent),
        _ => None,
    };
    let missing_units = inside.keys().filter(|sscc| {
        is_missing(sscc) && !parent_of(sscc).is_some_and(|parent| is_missing(&parent))
    });
    let is_damaged = |sscc: &Sscc| units.get(sscc).is_some_and(|unit| unit.is_damaged);
    let damaged_units = scanned_damaged
        .iter()
        .filter(|sscc| !parent_of(sscc).is_some_and(|parent| is_damaged(&parent)));
    let loose = |is_whole: &dyn Fn(&Sscc) -> bool,
                 ranges: &dyn Fn(&Parted<'_>) -> Vec<PackRange>| {
        let parts = parted
            .iter()
            .filter(|one| !matches!(one.span.place, PackPlace::Unit(sscc) if is_whole(&sscc)));
        parts
            .flat_map(|one| {
                ranges(one)
                    .into_iter()
                    .map(|range| packs_body(one.span.run, range))
            })
            .collect::<Vec<_>>()
    };
    let short = ExceptionBody {
        codes: Vec::new(),
        packs: loose(&is_missing, &|one| one.missing.clone()),
        units: missing_units.map(ToString::to_string).collect(),
        reason: "short".to_owned(),
    };
    let damaged = ExceptionBody {
        codes: Vec::new(),
        packs: loose(&is_damaged, &|one| one.damaged.clone()),
        units: damaged_units.map(ToString::to_string).collect(),
        reason: "damaged".to_owned(),
    };
    let suspect = ExceptionBody {
        codes: Vec::new(),
        packs: loose(&is_damaged, &|one| one.mismatched.clone()),
        units: Vec::new(),
        reason: "suspect".to_owned(),
    };
    let all = [short, damaged, suspect].into_iter();
    all.filter(|one| !one.packs.is_empty() || !one.units.is_empty())
        .collect()
}

fn report(body: &ReceiptCheckBody, unexpected: &[UnexpectedAnswer]) -> Vec<ReportLineBody> {
    let text_at = |at: &str| {
        let (list, rest) = at.split_once('[')?;
        let index: usize = rest.strip_suffix(']')?.parse().ok()?;
        let texts = if list == "codes" {
            &body.codes
        } else {
            &body.damaged
        };
        texts.get(index).cloned()
    };
    ["over", "product_without_data", "mismatch"]
        .into_iter()
        .map(|kind| ReportLineBody {
            kind: kind.to_owned(),
            codes: unexpected
                .iter()
                .filter(|one| one.kind == kind)
                .filter_map(|one| text_at(&one.at))
                .collect(),
            ..ReportLineBody::default()
        })
        .filter(|line| !line.codes.is_empty())
        .collect()
}

fn packs_body(run: RunId, range: PackRange) -> PacksBody {
    PacksBody {
        gtin: run.gtin.to_string(),
        lot: run.lot.to_string(),
        run: run.number,
        first: range.first,
        count: range.count,
    }
}

fn count(ranges: &[PackRange]) -> u64 {
    ranges.iter().map(|range| u64::from(range.count)).sum()
}

fn add(one: TickedAnswer, other: TickedAnswer) -> TickedAnswer {
    TickedAnswer {
        expected: one.expected + other.expected,
        ticked: one.ticked + other.ticked,
        damaged: one.damaged + other.damaged,
        mismatched: one.mismatched + other.mismatched,
        missing: one.missing + other.missing,
    }
}
