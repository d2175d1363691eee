//! Taking things out of a unit and putting them into another, in one request.

use serde::{Deserialize, Serialize};
use theriac_gs1::{ScanOptions, Sscc};
use theriac_http::problem::Problem;
use theriac_ledger::record::PackPlace;
use theriac_records::repository::contents::{Container, find_contents};
use utoipa::ToSchema;

use super::foresight::check_target;
use super::packing::{PackingBody, pack};
use super::resolve::sets_of_spans;
use super::unpacking::{UnpackingBody, unpack};
use super::{After, Desk, Plan, Planned, storage_problem};
use crate::faults::Faults;
use crate::selection::{PacksBody, read_sscc};

/// What to take out of which unit, and into which it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RepackingBody {
    /// The unit it is in: 18 digits, or what a scanner read.
    pub from: String,
    /// The unit it goes into: one of yours, or a new one. Without it, a new one is given.
    #[serde(default)]
    pub into: Option<String>,
    /// Take everything out; the first unit is then never used again.
    #[serde(default)]
    pub all: bool,
    /// What a scanner read from packs or units in it.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Packs by run and position.
    #[serde(default)]
    pub packs: Vec<PacksBody>,
    /// Units by SSCC.
    #[serde(default)]
    pub units: Vec<String>,
}

/// Plans to repack.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn repack(desk: &Desk, body: &RepackingBody) -> Result<Plan, Problem> {
    let unpacking = UnpackingBody {
        sscc: body.from.clone(),
        all: body.all,
        codes: body.codes.clone(),
        packs: body.packs.clone(),
        units: body.units.clone(),
    };
    let mut plan = unpack(desk, &unpacking).await?;
    let mut packing = PackingBody {
        sscc: body.into.clone(),
        codes: body.codes.clone(),
        packs: body.packs.clone(),
        units: body.units.clone(),
    };
    if body.all {
        fill(desk, &body.from, &mut packing).await?;
    }
    if let Some(into) = check_other_unit(desk, body)? {
        check_target(desk, into).await?;
    }
    for action in pack(desk, &packing).await?.actions {
        plan.actions.push(Planned {
            after: Some(After::Planned(0)),
            ..action
        });
    }
    Ok(plan)
}

/// Everything that is directly in a unit.
async fn fill(desk: &Desk, from: &str, packing: &mut PackingBody) -> Result<(), Problem> {
    let mut faults = Faults::new();
    let sscc = read_sscc(&mut faults, "from", from, &ScanOptions::new(desk.year()));
    let sscc = faults.finish(sscc)?;
    let inside = find_contents(&desk.database, Container::Unit(sscc))
        .await
        .map_err(|error| storage_problem(&error))?;
    let mut faults = Faults::new();
    let direct: Vec<_> = inside
        .spans
        .iter()
        .filter(|span| span.place == PackPlace::Unit(sscc))
        .copied()
        .collect();
    let sets = sets_of_spans(&direct, &mut faults);
    let sets = faults.finish(sets)?;
    for set in &sets {
        packing
            .packs
            .extend(set.ranges.iter().map(|range| PacksBody {
                gtin: set.run.gtin.to_string(),
                lot: set.run.lot.to_string(),
                run: set.run.number,
                first: range.first,
                count: range.count,
            }));
    }
    let units = inside.units.iter();
    let direct = units.filter(|unit| unit.inside == Container::Unit(sscc));
    packing
        .units
        .extend(direct.map(|unit| unit.sscc.to_string()));
    Ok(())
}

/// The unit into which things go, where one is named. Refuses to put them back where they come from.
fn check_other_unit(desk: &Desk, body: &RepackingBody) -> Result<Option<Sscc>, Problem> {
    let options = ScanOptions::new(desk.year());
    let mut faults = Faults::new();
    let from = read_sscc(&mut faults, "from", &body.from, &options);
    let into = body.into.as_deref();
    let into = into.and_then(|text| read_sscc(&mut faults, "into", text, &options));
    if from.is_some() && from == into {
        faults.add("into", "same_unit", "it would go back into the same unit");
    }
    faults.finish(Some(into))
}
