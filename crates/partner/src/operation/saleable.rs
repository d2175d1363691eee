//! What may not be sold yet: packs that came back, or are on their way back, and were not verified.

use std::collections::{BTreeMap, BTreeSet};

use theriac_gs1::Sscc;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::action::{ActionBody, ActionKind, Pack};
use theriac_ledger::identifier::RunId;
use theriac_ledger::pack_set::{PackRange, PackSets};
use theriac_records::repository::contents::{Container, find_contents};
use theriac_records::repository::intents::list_open_of;
use theriac_records::repository::returns::{ReturnedPacks, among, list_returning, list_unverified};

use super::resolve::{Resolved, Units};
use super::{Desk, storage_problem};

/// What is about to be put into units, and is not on the ledger yet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Packings {
    inside: BTreeMap<Sscc, Inside>,
}

#[derive(Clone, Debug, Default)]
struct Inside {
    packs: Vec<(RunId, PackRange)>,
    units: Vec<Sscc>,
}

impl Packings {
    /// Adds what an action puts into its unit. What comes out again is not taken away: whoever packs and unpacks
    /// before the ledger knows of it may have to wait for the ledger.
    pub(crate) fn add(&mut self, pack: &Pack) {
        let inside = self.inside.entry(pack.sscc).or_default();
        inside.packs.extend(ranges_of(&pack.packs));
        inside.units.extend(pack.units.iter());
    }

    /// What intents put into units that are not settled.
    async fn open(desk: &Desk) -> Result<Self, Problem> {
        let open = list_open_of(&desk.database, &[ActionKind::Pack])
            .await
            .map_err(|error| storage_problem(&error))?;
        let mut packings = Self::default();
        for intent in open {
            if let Ok(ActionBody::Pack(pack)) = intent.body() {
                packings.add(&pack);
            }
        }
        Ok(packings)
    }
}

/// Refuses packs, and units that hold packs, which came back and were not verified.
///
/// # Errors
///
/// A problem `return_not_verified` that names the return; or that the database fails.
pub(super) async fn check_units_and_packs(desk: &Desk, contents: &Resolved) -> Result<(), Problem> {
    check(desk, &contents.packs, &contents.units, &Packings::default()).await
}

/// The same for packs alone.
///
/// # Errors
///
/// As [`check_units_and_packs`].
pub(super) async fn check_packs(desk: &Desk, packs: &PackSets) -> Result<(), Problem> {
    check(desk, packs, &Units::empty(), &Packings::default()).await
}

/// The same where more is planned to be put into units than is stored.
///
/// # Errors
///
/// As [`check_units_and_packs`].
pub(crate) async fn check(
    desk: &Desk,
    packs: &PackSets,
    units: &Units,
    planned: &Packings,
) -> Result<(), Problem> {
    let storage = |error| storage_problem(&error);
    let mut unsaleable = list_unverified(&desk.database, &desk.account)
        .await
        .map_err(storage)?;
    // A receipt may be stored and not on the ledger yet: what comes back is no more saleable for that.
    let returning = list_returning(&desk.database, &desk.account)
        .await
        .map_err(storage)?;
    if unsaleable.is_empty() && returning.is_empty() {
        return Ok(());
    }
    unsaleable.extend(returning);
    unsaleable.sort_unstable_by_key(|one| (one.run, one.range.first));
    let mut ranges: Vec<(RunId, PackRange)> = ranges_of(packs).collect();
    ranges.extend(inside_of(desk, units, planned).await?);
    let found: Vec<ReturnedPacks> = ranges
        .iter()
        .flat_map(|(run, range)| among(run, *range, &unsaleable))
        .collect();
    refuse(&found)
}

fn ranges_of(sets: &PackSets) -> impl Iterator<Item = (RunId, PackRange)> + '_ {
    let sets = sets.iter();
    sets.flat_map(|set| set.ranges.iter().map(|range| (set.run, *range)))
}

/// The packs in units at any depth, with those that are about to be put into them.
async fn inside_of(
    desk: &Desk,
    units: &Units,
    planned: &Packings,
) -> Result<Vec<(RunId, PackRange)>, Problem> {
    let mut ranges = Vec::new();
    if units.is_empty() {
        return Ok(ranges);
    }
    let open = Packings::open(desk).await?;
    let mut queue: Vec<Sscc> = units.iter().copied().collect();
    let mut seen = BTreeSet::new();
    while let Some(sscc) = queue.pop() {
        if !seen.insert(sscc) {
            continue;
        }
        let inside = find_contents(&desk.database, Container::Unit(sscc))
            .await
            .map_err(|error| storage_problem(&error))?;
        ranges.extend(inside.spans.iter().map(|span| {
            let range = span.range();
            (span.run, range)
        }));
        let children = inside.units.iter().map(|unit| unit.sscc);
        for unit in children.chain([sscc]) {
            for packings in [&open, planned] {
                if let Some(more) = packings.inside.get(&unit) {
                    ranges.extend(&more.packs);
                    queue.extend(&more.units);
                }
            }
        }
    }
    Ok(ranges)
}

fn refuse(found: &[ReturnedPacks]) -> Result<(), Problem> {
    let Some(first) = found.first() else {
        return Ok(());
    };
    let packs: u64 = found.iter().map(|one| u64::from(one.range.count)).sum();
    let shipments: BTreeSet<_> = found.iter().map(|one| one.shipment).collect();
    let with = match shipments.len() {
        1 => format!("return {}", first.shipment),
        count => format!("{count} returns, among them {}", first.shipment),
    };
    let detail = format!(
        "{packs} of these packs came back with {with} and were not verified: they are not saleable"
    );
    let hint = format!(
        "receive the return and scan them: POST /api/v1/returns/{}/verifications; those that do not agree with the \
         record stay blocked: quarantine them, send them back or have them destroyed",
        first.shipment
    );
    Err(Problem::new(ProblemCode::Conflicting("return_not_verified"), detail).with_hint(hint))
}
