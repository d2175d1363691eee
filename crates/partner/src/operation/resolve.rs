//! From names in a request to runs and positions on the ledger.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use theriac_gs1::{ExpiryDate, Lot, Sscc};
use theriac_http::problem::Problem;
use theriac_ledger::constants::{ACTION_RANGES_MAX, ACTION_UNITS_MAX};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{PackKey, PackLocation, RunId};
use theriac_ledger::pack_set::{PackRange, PackSet, PackSets, check_pack_sets};
use theriac_records::Database;
use theriac_records::repository::lots::{LotRecord, find_lot, list_runs};
use theriac_records::repository::packs::{SpanRecord, find_locations};

use super::storage_problem;
use crate::faults::Faults;
use crate::selection::{NamedPack, NamedRange, Selection};

/// The units of one action.
pub(crate) type Units = BoundedList<Sscc, ACTION_UNITS_MAX>;

/// What a request names, ready for an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) packs: PackSets,
    pub(crate) units: Units,
    /// Packs that were named by codes, each with where in the request.
    pub(crate) located: Vec<(String, PackLocation)>,
}

impl Resolved {
    /// How many packs and units, in words.
    pub(crate) fn words(&self) -> String {
        let packs: u64 = self
            .packs
            .iter()
            .flat_map(|set| set.ranges.iter())
            .map(|range| u64::from(range.count))
            .sum();
        let units = self.units.len();
        let plural = |count: u64, one: &str, many: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {many}"),
        };
        let packs_words = plural(packs, "pack", "packs");
        let units_words = plural(u64::try_from(units).unwrap_or(u64::MAX), "unit", "units");
        match (packs, units) {
            (_, 0) => packs_words,
            (0, _) => units_words,
            _ => format!("{packs_words} and {units_words}"),
        }
    }
}

/// Looks up everything that a request names.
///
/// # Errors
///
/// A problem when the database fails. What is unknown or does not agree is kept in `faults`.
pub(crate) async fn resolve(
    database: &Database,
    selection: &Selection,
    faults: &mut Faults,
) -> Result<Option<Resolved>, Problem> {
    resolve_among(database, &BTreeMap::new(), selection, faults).await
}

/// As [`resolve`], where packs may also be planned only.
pub(crate) async fn resolve_among(
    database: &Database,
    planned: &BTreeMap<PackKey, PackLocation>,
    selection: &Selection,
    faults: &mut Faults,
) -> Result<Option<Resolved>, Problem> {
    let mut positions: BTreeMap<RunId, Vec<(PackRange, String)>> = BTreeMap::new();
    let located = resolve_codes(database, planned, &selection.packs, faults).await?;
    for (at, location) in &located {
        let range = PackRange {
            first: location.position,
            count: 1,
        };
        let named = positions.entry(location.run).or_default();
        named.push((range, at.clone()));
    }
    resolve_ranges(database, &selection.ranges, faults, &mut positions).await?;
    let packs = pack_sets(positions, faults);
    let units = faults.keep("units", "too_many", Units::new(selection.units.clone()));
    Ok(packs.zip(units).map(|(packs, units)| Resolved {
        packs,
        units,
        located,
    }))
}

async fn resolve_codes(
    database: &Database,
    planned: &BTreeMap<PackKey, PackLocation>,
    packs: &[NamedPack],
    faults: &mut Faults,
) -> Result<Vec<(String, PackLocation)>, Problem> {
    let own = packs.iter().map(|pack| (pack.gtin, pack.serial));
    let others = packs.iter().flat_map(|pack| &pack.others);
    let others = others.map(|other| (other.gtin, other.serial));
    let keys: Vec<PackKey> = own
        .chain(others)
        .map(|(gtin, serial)| PackKey::new(&gtin, &serial))
        .collect();
    let unplanned: Vec<PackKey> = keys
        .iter()
        .filter(|key| !planned.contains_key(key))
        .copied()
        .collect();
    let found = find_locations(database, &unplanned)
        .await
        .map_err(|error| storage_problem(&error))?;
    let mut lots: BTreeMap<(theriac_gs1::Gtin, theriac_gs1::Lot), Option<LotRecord>> =
        BTreeMap::new();
    let mut located = Vec::with_capacity(packs.len());
    for pack in packs {
        let pack = &as_on_record(pack, &found);
        let key = PackKey::new(&pack.gtin, &pack.serial);
        let Some(location) = planned.get(&key).or_else(|| found.get(&key)) else {
            let detail = format!(
                "no pack of product {} with serial number {} is known here",
                pack.gtin, pack.serial
            );
            faults.add(pack.at.clone(), "pack_unknown", detail);
            continue;
        };
        let name = (location.run.gtin, location.run.lot);
        if let Entry::Vacant(vacant) = lots.entry(name) {
            let record = find_lot(database, &name.0, &name.1)
                .await
                .map_err(|error| storage_problem(&error))?;
            vacant.insert(record);
        }
        if check_agrees(
            pack,
            location,
            lots.get(&name).and_then(Option::as_ref),
            faults,
        ) {
            located.push((pack.at.clone(), *location));
        }
    }
    Ok(located)
}

/// A pack as its code names it; or, where the scanner dropped the separators, as the only reading that is on record.
fn as_on_record(pack: &NamedPack, found: &BTreeMap<PackKey, PackLocation>) -> NamedPack {
    let is_on_record = |gtin, serial, lot: Option<theriac_gs1::Lot>| {
        found
            .get(&PackKey::new(gtin, serial))
            .is_some_and(|location| lot.is_none_or(|lot| lot == location.run.lot))
    };
    if !is_on_record(&pack.gtin, &pack.serial, pack.lot) {
        let mut others = pack
            .others
            .iter()
            .filter(|other| is_on_record(&other.gtin, &other.serial, other.lot));
        if let (Some(other), None) = (others.next(), others.next()) {
            return NamedPack {
                at: pack.at.clone(),
                gtin: other.gtin,
                serial: other.serial,
                lot: other.lot,
                expiry: other.expiry,
                others: Vec::new(),
            };
        }
    }
    pack.clone()
}

/// Whether lot and month of expiry on the pack are those on record; another day of the same month is
/// not held against it, because some carriers name no day.
fn check_agrees(
    pack: &NamedPack,
    location: &PackLocation,
    record: Option<&LotRecord>,
    faults: &mut Faults,
) -> bool {
    let disagreement = disagreement(pack.lot, pack.expiry, &location.run.lot, record);
    let agrees = disagreement.is_none();
    if let Some((code, detail)) = disagreement {
        faults.add(pack.at.clone(), code, detail);
    }
    agrees
}

/// What lot and expiry on a pack say otherwise than the record: a code and words.
pub(crate) fn disagreement(
    lot: Option<Lot>,
    expiry: Option<ExpiryDate>,
    recorded_lot: &Lot,
    record: Option<&LotRecord>,
) -> Option<(&'static str, String)> {
    if let Some(lot) = lot.filter(|lot| lot != recorded_lot) {
        let detail = format!("the code says batch {lot}, which is not the batch on record");
        return Some(("lot_differs", detail));
    }
    let (read, record) = (expiry?.date, record?.expiry);
    if (read.year(), read.month()) == (record.year(), record.month()) {
        return None;
    }
    let detail = format!("the code says expiry {read}, which is not the expiry on record");
    Some(("expiry_differs", detail))
}

async fn resolve_ranges(
    database: &Database,
    ranges: &[NamedRange],
    faults: &mut Faults,
    positions: &mut BTreeMap<RunId, Vec<(PackRange, String)>>,
) -> Result<(), Problem> {
    let mut counts: BTreeMap<RunId, Option<u32>> = BTreeMap::new();
    for named in ranges {
        let run = named.run;
        if let Entry::Vacant(vacant) = counts.entry(run) {
            let runs = list_runs(database, &run.gtin, &run.lot)
                .await
                .map_err(|error| storage_problem(&error))?;
            let found = runs.iter().find(|record| record.run == run);
            vacant.insert(found.map(|record| record.count));
        }
        match counts.get(&run).copied().flatten() {
            None => faults.add(
                named.at.clone(),
                "run_unknown",
                format!("{run} is not known here"),
            ),
            Some(count) if named.range.end() > count => {
                let detail = format!("{run} has {count} packs, numbered from 0");
                faults.add(named.at.clone(), "range_past_end", detail);
            }
            Some(_) => positions
                .entry(run)
                .or_default()
                .push((named.range, named.at.clone())),
        }
    }
    Ok(())
}

/// The packs of spans, ready for an action.
pub(crate) fn sets_of_spans(spans: &[SpanRecord], faults: &mut Faults) -> Option<PackSets> {
    let mut positions: BTreeMap<RunId, Vec<(PackRange, String)>> = BTreeMap::new();
    for span in spans {
        let range = span.range();
        let named = positions.entry(span.run).or_default();
        named.push((range, "packs".to_owned()));
    }
    pack_sets(positions, faults)
}

/// Ranges that do not overlap, in canonical form; `None` where they are too many for one action.
pub(crate) fn pack_sets_of(ranges: &[(RunId, PackRange)]) -> Option<PackSets> {
    let mut positions: BTreeMap<RunId, Vec<(PackRange, String)>> = BTreeMap::new();
    for (run, range) in ranges {
        let of_run = positions.entry(*run).or_default();
        of_run.push((*range, String::new()));
    }
    pack_sets(positions, &mut Faults::new())
}

/// Ranges in canonical form: ascending, neighbours joined, none overlapping.
fn pack_sets(
    positions: BTreeMap<RunId, Vec<(PackRange, String)>>,
    faults: &mut Faults,
) -> Option<PackSets> {
    let mut sets = Vec::new();
    let mut total = 0;
    for (run, mut named) in positions {
        named.sort_by_key(|(range, _)| range.first);
        let mut joined: Vec<PackRange> = Vec::new();
        for (range, at) in named {
            match joined.last_mut() {
                Some(last) if range.first < last.end() => {
                    faults.add(at, "named_twice", "some of these packs are named twice");
                }
                Some(last) if range.first == last.end() => {
                    last.count = last.count.saturating_add(range.count);
                }
                _ => joined.push(range),
            }
        }
        total += joined.len();
        if total > ACTION_RANGES_MAX {
            let detail = format!(
                "the packs lie in more than {ACTION_RANGES_MAX} separate ranges; send them in several requests"
            );
            faults.add("codes", "too_many_ranges", detail);
            return None;
        }
        let ranges = joined.try_into().expect("their number was checked");
        sets.push(PackSet { run, ranges });
    }
    faults.keep("codes", "too_many_ranges", check_pack_sets(&sets))?;
    faults.keep("codes", "too_many_ranges", PackSets::new(sets))
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_gs1::Gtin;

    fn run() -> RunId {
        RunId {
            gtin: Gtin::parse("09506000134352").unwrap(),
            lot: Lot::parse("B1").unwrap(),
            number: 0,
        }
    }

    fn positions(ranges: &[(u32, u32)]) -> BTreeMap<RunId, Vec<(PackRange, String)>> {
        let named = ranges
            .iter()
            .map(|&(first, count)| (PackRange { first, count }, format!("packs[{first}]")))
            .collect();
        BTreeMap::from([(run(), named)])
    }

    #[test]
    fn neighbours_are_joined_in_any_order() {
        let mut faults = Faults::new();
        let sets = pack_sets(positions(&[(5, 1), (3, 2), (10, 1), (6, 1)]), &mut faults).unwrap();
        let ranges: Vec<_> = sets[0].ranges.iter().map(|r| (r.first, r.count)).collect();
        assert_eq!(ranges, [(3, 4), (10, 1)]);
        assert!(faults.is_empty());
    }

    #[test]
    fn pack_named_by_two_ranges_is_refused() {
        let mut faults = Faults::new();
        pack_sets(positions(&[(0, 5), (4, 1)]), &mut faults);
        assert!(!faults.is_empty());
    }

    #[test]
    fn scattered_packs_are_refused_with_a_next_step() {
        let scattered: Vec<_> = (0..257).map(|index| (index * 2, 1)).collect();
        let mut faults = Faults::new();
        assert!(pack_sets(positions(&scattered), &mut faults).is_none());
        let problem = faults.check().unwrap_err().body(None);
        assert_eq!(problem.errors[0].code, "too_many_ranges");
    }

    #[test]
    fn words_count_packs_and_units() {
        let mut faults = Faults::new();
        let packs = pack_sets(positions(&[(0, 2)]), &mut faults).unwrap();
        let resolved = Resolved {
            packs,
            units: Units::empty(),
            located: Vec::new(),
        };
        assert_eq!(resolved.words(), "2 packs");
    }
}
