//! Changes of status of packs: dispensing and its undoing, quarantine, decommissioning.

use serde::{Deserialize, Serialize};
use theriac_http::problem::Problem;
use theriac_ledger::action::{
    ActionBody, Decommission, DecommissionReason, Dispense, Lock, LockReason, Reactivate,
    ReactivateReason, Unlock,
};
use theriac_ledger::pack_set::PackSets;
use utoipa::ToSchema;

use super::resolve::resolve;
use super::{Desk, Plan, Planned};
use crate::faults::Faults;
use crate::selection::SelectionBody;

/// Packs by what a scanner read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodesBody {
    /// What a scanner read from packs, in any GS1 form.
    #[schema(example = json!(["(01)09506000134352(21)7H2K9QWXM4C5T8RB3F6D"]))]
    pub codes: Vec<String>,
}

/// Packs by what a scanner read, and why their status changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodesReasonBody {
    /// What a scanner read from packs, in any GS1 form.
    pub codes: Vec<String>,
    /// Why, as one of the words that the address lists.
    pub reason: String,
}

/// Plans to supply packs to patients.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn dispense(desk: &Desk, body: &CodesBody) -> Result<Plan, Problem> {
    let (packs, words) = find(desk, &body.codes, Faults::new()).await?;
    let action = ActionBody::Dispense(Dispense { packs });
    Ok(Plan::of(Planned::new(action, format!("dispense {words}"))))
}

/// Plans to undo the dispensing of packs.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn undo_dispensing(desk: &Desk, body: &CodesBody) -> Result<Plan, Problem> {
    let (packs, words) = find(desk, &body.codes, Faults::new()).await?;
    let reason = ReactivateReason::NotDispensed;
    let action = ActionBody::Reactivate(Reactivate { packs, reason });
    Ok(Plan::of(Planned::new(
        action,
        format!("undo the dispensing of {words}"),
    )))
}

/// Plans to quarantine packs: `suspect`, `damage`, `condition`, `quality` or `order`.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn lock(desk: &Desk, body: &CodesReasonBody) -> Result<Plan, Problem> {
    let mut faults = Faults::new();
    let reasons = ["suspect", "damage", "condition", "quality", "order"];
    let reason: Option<LockReason> = faults.word("reason", &body.reason, &reasons);
    let (packs, words) = find(desk, &body.codes, faults).await?;
    let reason = reason.expect("a reason that is missing was refused with the faults");
    let action = ActionBody::Lock(Lock { packs, reason });
    let words = format!("lock {words} ({})", body.reason);
    Ok(Plan::of(Planned::new(action, words)))
}

/// Plans to end the quarantine of packs.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn unlock(desk: &Desk, body: &CodesBody) -> Result<Plan, Problem> {
    let (packs, words) = find(desk, &body.codes, Faults::new()).await?;
    let action = ActionBody::Unlock(Unlock { packs });
    Ok(Plan::of(Planned::new(action, format!("unlock {words}"))))
}

/// Plans to take packs out of supply: `destroyed`, `exported`, `stolen`, `missing` or `damaged`.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn decommission(desk: &Desk, body: &CodesReasonBody) -> Result<Plan, Problem> {
    let mut faults = Faults::new();
    let reasons = ["destroyed", "exported", "stolen", "missing", "damaged"];
    let reason: Option<DecommissionReason> = faults.word("reason", &body.reason, &reasons);
    let (packs, words) = find(desk, &body.codes, faults).await?;
    let reason = reason.expect("a reason that is missing was refused with the faults");
    let action = ActionBody::Decommission(Decommission { packs, reason });
    let words = format!("decommission {words} ({})", body.reason);
    Ok(Plan::of(Planned::new(action, words)))
}

/// The packs that codes name: packs alone, because status changes name no units.
async fn find(
    desk: &Desk,
    codes: &[String],
    mut faults: Faults,
) -> Result<(PackSets, String), Problem> {
    let body = SelectionBody {
        codes: codes.to_vec(),
        ..SelectionBody::default()
    };
    let selection = body.read_into(&mut faults, "", desk.year());
    for unit in &selection.units {
        let detail = format!("{unit} is a unit; scan the packs in it, or unpack it first");
        faults.add("codes", "pack_needed", detail);
    }
    let resolved = resolve(&desk.database, &selection, &mut faults).await?;
    let resolved = faults.finish(resolved)?;
    let words = resolved.words();
    Ok((resolved.packs, words))
}
