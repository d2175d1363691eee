//! Taking packs and units out of units.

use serde::{Deserialize, Serialize};
use theriac_gs1::ScanOptions;
use theriac_http::problem::Problem;
use theriac_ledger::action::{ActionBody, Unpack, UnpackContents};
use utoipa::ToSchema;

use super::resolve::resolve;
use super::{Desk, Plan, Planned};
use crate::faults::Faults;
use crate::selection::{PacksBody, SelectionBody, read_sscc};

/// What to take out of which unit: `all`, or what is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnpackingBody {
    /// The unit: 18 digits, or what a scanner read.
    pub sscc: String,
    /// Take everything out; the unit is then never used again.
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

/// Plans to unpack a unit.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn unpack(desk: &Desk, body: &UnpackingBody) -> Result<Plan, Problem> {
    let mut faults = Faults::new();
    let options = ScanOptions::new(desk.year());
    let sscc = read_sscc(&mut faults, "sscc", &body.sscc, &options);
    let named = SelectionBody {
        codes: body.codes.clone(),
        packs: body.packs.clone(),
        units: body.units.clone(),
    };
    let contents = if body.all {
        if named != SelectionBody::default() {
            let detail = "say either all, or what comes out, not both";
            faults.add("all", "contradiction", detail);
        }
        Some((UnpackContents::All, "everything".to_owned()))
    } else {
        let selection = named.read_into(&mut faults, "", desk.year());
        resolve(&desk.database, &selection, &mut faults)
            .await?
            .map(|resolved| {
                let words = resolved.words();
                let contents = UnpackContents::Some {
                    packs: resolved.packs,
                    units: resolved.units,
                };
                (contents, words)
            })
    };
    let (sscc, (contents, words)) = faults.finish(sscc.zip(contents))?;
    let action = ActionBody::Unpack(Unpack { sscc, contents });
    Ok(Plan::of(Planned::new(
        action,
        format!("take {words} out of unit {sscc}"),
    )))
}
