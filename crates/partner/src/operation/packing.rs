//! Putting packs and units into units.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use theriac_gs1::{CompanyPrefix, Gtin, Lot, ScanOptions, Sscc};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_http::random::system_random;
use theriac_ledger::action::{ActionBody, Pack};
use theriac_ledger::pack_set::{PackRange, PackSet, PackSets};
use theriac_ledger::record::{PackPlace, PackStatus};
use theriac_records::repository::lots::list_runs;
use theriac_records::repository::packs::list_spans;
use theriac_records::repository::units::find_unit;
use utoipa::ToSchema;

use super::resolve::{Resolved, Units, resolve};
use super::{After, Desk, Plan, Planned, storage_problem};
use crate::faults::Faults;
use crate::packing_plan::{PackingPlan, PlannedCase, RunRanges};
use crate::selection::{PacksBody, SelectionBody, read_sscc};

/// How often a new SSCC is drawn before giving up: a second draw is already rare.
const DRAWS_MAX: usize = 16;

/// What to put into which unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PackingBody {
    /// The unit: 18 digits, or what a scanner read. Without it, a new one is given.
    #[serde(default)]
    pub sscc: Option<String>,
    /// What a scanner read from packs or units, in any GS1 form.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Packs by run and position.
    #[serde(default)]
    pub packs: Vec<PacksBody>,
    /// Units by SSCC.
    #[serde(default)]
    pub units: Vec<String>,
}

/// How to pack a whole batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PackingPlanBody {
    /// The product.
    #[schema(example = "09506000134352")]
    pub gtin: String,
    /// The batch.
    #[schema(example = "B1")]
    pub lot: String,
    /// Packs in a case.
    pub packs_per_case: u32,
    /// Cases on a pallet; without it, no pallets are made.
    #[serde(default)]
    pub cases_per_pallet: Option<u32>,
}

/// Plans to put packs and units into one unit.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn pack(desk: &Desk, body: &PackingBody) -> Result<Plan, Problem> {
    let mut faults = Faults::new();
    let selection = SelectionBody {
        codes: body.codes.clone(),
        packs: body.packs.clone(),
        units: body.units.clone(),
    }
    .read_into(&mut faults, "", desk.year());
    let given = match &body.sscc {
        None => None,
        Some(text) => read_sscc(&mut faults, "sscc", text, &ScanOptions::new(desk.year())),
    };
    if given.is_some_and(|sscc| selection.units.contains(&sscc)) {
        faults.add(
            "units",
            "packed_into_itself",
            "a unit cannot be put into itself",
        );
    }
    let resolved = resolve(&desk.database, &selection, &mut faults).await?;
    let contents = faults.finish(resolved)?;
    let sscc = match given {
        Some(sscc) => sscc,
        None => new_units(desk, 1).await?.swap_remove(0),
    };
    let words = format!("put {} into unit {sscc}", contents.words());
    Ok(Plan::of(Planned::new(action(sscc, contents), words)))
}

/// Plans to put every free pack of a batch into cases, and the cases onto pallets.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn pack_batch(desk: &Desk, body: &PackingPlanBody) -> Result<Plan, Problem> {
    let mut faults = Faults::new();
    let gtin = faults.gtin("gtin", &body.gtin);
    let lot = faults.lot("lot", &body.lot);
    let plan = PackingPlan::new(&mut faults, body.packs_per_case, body.cases_per_pallet);
    let read = gtin.zip(lot).zip(plan);
    let ((gtin, lot), plan) = faults.finish(read)?;
    let free = free_packs(desk, &gtin, &lot).await?;
    let cases = plan.cases(&free)?;
    let pallets = plan.pallets(cases.len());
    let mut case_numbers = new_units(desk, cases.len() + pallets.len()).await?;
    let pallet_numbers = case_numbers.split_off(cases.len());
    let firsts: BTreeSet<usize> = pallets.iter().map(|pallet| pallet.start).collect();
    let mut actions = Vec::new();
    for (index, (case, sscc)) in cases.into_iter().zip(&case_numbers).enumerate() {
        // A pallet waits for one action alone, so each of its cases waits for the one before it.
        let is_first = pallets.is_empty() || firsts.contains(&index);
        actions.push(Planned {
            after: index
                .checked_sub(1)
                .filter(|_| !is_first)
                .map(After::Planned),
            ..pack_case(*sscc, case)
        });
    }
    for (range, sscc) in pallets.into_iter().zip(&pallet_numbers) {
        actions.push(pack_pallet(*sscc, &case_numbers, range));
    }
    Ok(Plan { actions })
}

fn pack_pallet(sscc: Sscc, cases: &[Sscc], range: Range<usize>) -> Planned {
    let count = range.len();
    let last = range.end.saturating_sub(1);
    let mut inside = cases.get(range).unwrap_or_default().to_vec();
    inside.sort_unstable();
    let contents = Resolved {
        packs: PackSets::empty(),
        units: Units::new(inside).expect("the plan bounds the cases of a pallet"),
        located: Vec::new(),
    };
    Planned {
        after: Some(After::Planned(last)),
        ..Planned::new(
            action(sscc, contents),
            format!("put {count} cases onto pallet {sscc}"),
        )
    }
}

fn pack_case(sscc: Sscc, case: PlannedCase) -> Planned {
    let sets: Vec<PackSet> = case
        .packs
        .into_iter()
        .map(|(run, ranges)| PackSet {
            run,
            ranges: ranges
                .try_into()
                .expect("the plan bounds the ranges of a case"),
        })
        .collect();
    let contents = Resolved {
        packs: sets
            .try_into()
            .expect("the plan bounds the ranges of a case"),
        units: Units::empty(),
        located: Vec::new(),
    };
    let words = format!("put {} packs into case {sscc}", case.count);
    Planned::new(action(sscc, contents), words)
}

fn action(sscc: Sscc, contents: Resolved) -> ActionBody {
    ActionBody::Pack(Pack {
        sscc,
        packs: contents.packs,
        units: contents.units,
    })
}

/// Active packs of a batch that the account holds directly, in production order. Spans that touch
/// are joined.
async fn free_packs(desk: &Desk, gtin: &Gtin, lot: &Lot) -> Result<Vec<RunRanges>, Problem> {
    let storage = |error| storage_problem(&error);
    let mut free: Vec<RunRanges> = Vec::new();
    for record in list_runs(&desk.database, gtin, lot)
        .await
        .map_err(storage)?
    {
        let spans = list_spans(&desk.database, &record.run)
            .await
            .map_err(storage)?;
        let ranges = spans
            .into_iter()
            .filter(|span| {
                span.status == PackStatus::Active && span.place == PackPlace::Account(desk.account)
            })
            .map(|span| span.range());
        let joined = join(ranges);
        if !joined.is_empty() {
            free.push((record.run, joined));
        }
    }
    Ok(free)
}

fn join(ranges: impl Iterator<Item = PackRange>) -> Vec<PackRange> {
    let mut joined: Vec<PackRange> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if last.end() == range.first => {
                last.count = last.count.saturating_add(range.count);
            }
            _ => joined.push(range),
        }
    }
    joined
}

/// New SSCCs under the first prefix of the account's organisation, none of which is on record.
async fn new_units(desk: &Desk, count: usize) -> Result<Vec<Sscc>, Problem> {
    let organisation = desk.own_organisation().await?;
    let Some(prefix) = organisation.gs1_prefixes.first() else {
        let detail = format!(
            "{} has no GS1 company prefix on record, so no SSCC can be given",
            organisation.legal_name
        );
        return Err(Problem::new(ProblemCode::InvalidInput, detail)
            .with_hint("name the unit yourself: sscc"));
    };
    let mut units = BTreeSet::new();
    let mut ordered = Vec::with_capacity(count);
    while ordered.len() < count {
        let sscc = new_unit(desk, prefix).await?;
        if units.insert(sscc) {
            ordered.push(sscc);
        }
    }
    Ok(ordered)
}

async fn new_unit(desk: &Desk, prefix: &CompanyPrefix) -> Result<Sscc, Problem> {
    for _ in 0..DRAWS_MAX {
        let sscc = crate::serials::new_sscc(prefix, &mut system_random());
        let found = find_unit(&desk.database, &sscc)
            .await
            .map_err(|error| storage_problem(&error))?;
        if found.is_none() {
            return Ok(sscc);
        }
    }
    let detail = format!("nearly every SSCC under prefix {prefix} is used");
    Err(Problem::new(ProblemCode::Conflict, detail)
        .with_hint("have another GS1 company prefix put on record"))
}
