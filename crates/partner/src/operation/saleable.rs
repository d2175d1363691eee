//! What may not be sold yet: packs that came back and were not verified.

use std::collections::BTreeSet;

use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::identifier::RunId;
use theriac_ledger::pack_set::{PackRange, PackSets};
use theriac_records::repository::contents::{Container, find_contents};
use theriac_records::repository::returns::{ReturnedPacks, among, list_unverified};

use super::resolve::{Resolved, Units};
use super::{Desk, storage_problem};

/// Refuses packs, and units that hold packs, which came back and were not verified.
///
/// # Errors
///
/// A problem `return_not_verified` that names the return; or that the database fails.
pub(super) async fn check_units_and_packs(desk: &Desk, contents: &Resolved) -> Result<(), Problem> {
    check(desk, &contents.packs, &contents.units).await
}

/// The same for packs alone.
///
/// # Errors
///
/// As [`check_units_and_packs`].
pub(super) async fn check_packs(desk: &Desk, packs: &PackSets) -> Result<(), Problem> {
    check(desk, packs, &Units::empty()).await
}

async fn check(desk: &Desk, packs: &PackSets, units: &Units) -> Result<(), Problem> {
    let unverified = list_unverified(&desk.database, &desk.account)
        .await
        .map_err(|error| storage_problem(&error))?;
    if unverified.is_empty() {
        return Ok(());
    }
    let mut ranges: Vec<(RunId, PackRange)> = packs
        .iter()
        .flat_map(|set| set.ranges.iter().map(|range| (set.run, *range)))
        .collect();
    for sscc in units {
        let inside = find_contents(&desk.database, Container::Unit(*sscc))
            .await
            .map_err(|error| storage_problem(&error))?;
        ranges.extend(inside.spans.iter().map(|span| {
            let range = PackRange {
                first: span.first,
                count: span.count,
            };
            (span.run, range)
        }));
    }
    let found: Vec<ReturnedPacks> = ranges
        .iter()
        .flat_map(|(run, range)| among(run, *range, &unverified))
        .collect();
    refuse(&found)
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
        "scan them: POST /api/v1/returns/{}/verifications; those that do not agree with the record stay \
         blocked: quarantine them, send them back or have them destroyed",
        first.shipment
    );
    Err(Problem::new(ProblemCode::Conflicting("return_not_verified"), detail).with_hint(hint))
}
