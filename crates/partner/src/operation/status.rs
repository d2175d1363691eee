//! Changes of status of packs: dispensing and its undoing, quarantine, decommissioning.

use serde::{Deserialize, Serialize};
use theriac_http::problem::Problem;
use theriac_ledger::action::{
    ActionBody, Decommission, DecommissionReason, Dispense, Lock, LockReason, Reactivate,
    ReactivateReason, Unlock,
};
use theriac_ledger::identifier::PackLocation;
use theriac_ledger::pack_set::PackSets;
use utoipa::ToSchema;

use super::dispensed::check_not_dispensed;
use super::resolve::resolve;
use super::saleable::check_packs;
use super::{Desk, Plan, Planned};
use crate::bag::expand;
use crate::faults::Faults;
use crate::selection::{CODES_MAX, NamedPack, Selection, read_codes};

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

/// Packs whose dispensing is undone, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoBody {
    /// What a scanner read from packs, in any GS1 form, or from the labels of bags.
    pub codes: Vec<String>,
    /// Why: `scanned_by_mistake`, `not_collected`, `wrong_pack` or `other`. Kept here, with who asked; the ledger
    /// holds that the dispensing did not occur.
    #[serde(default)]
    #[schema(example = "not_collected")]
    pub reason: Option<String>,
}

/// Plans to supply packs to patients.
///
/// # Errors
///
/// A problem that lists everything wrong; `already_scanned`, `already_dispensed_here` or
/// `already_dispensed_elsewhere` where packs were dispensed before.
pub async fn dispense(desk: &Desk, body: &CodesBody) -> Result<Plan, Problem> {
    let found = find(desk, &body.codes, Faults::new()).await?;
    check_not_dispensed(desk, &found.located).await?;
    check_packs(desk, &found.packs).await?;
    let action = ActionBody::Dispense(Dispense { packs: found.packs });
    let words = format!("dispense {}", found.words);
    Ok(Plan::of(Planned::new(action, words)))
}

/// Plans to undo the dispensing of packs.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn undo_dispensing(desk: &Desk, body: &UndoBody) -> Result<Plan, Problem> {
    const REASONS: [&str; 4] = ["scanned_by_mistake", "not_collected", "wrong_pack", "other"];
    let mut faults = Faults::new();
    if let Some(reason) = &body.reason
        && !REASONS.contains(&reason.as_str())
    {
        let detail = format!("{reason:?} is none of {}", REASONS.join(", "));
        faults.add("reason", "word_invalid", detail);
    }
    let found = find(desk, &body.codes, faults).await?;
    let action = ActionBody::Reactivate(Reactivate {
        packs: found.packs,
        reason: ReactivateReason::NotDispensed,
    });
    let words = format!("undo the dispensing of {}", found.words);
    Ok(Plan::of(Planned {
        meaning: body.reason.clone(),
        ..Planned::new(action, words)
    }))
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
    let Found { packs, words, .. } = find(desk, &body.codes, faults).await?;
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
    let Found { packs, words, .. } = find(desk, &body.codes, Faults::new()).await?;
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
    let Found { packs, words, .. } = find(desk, &body.codes, faults).await?;
    let reason = reason.expect("a reason that is missing was refused with the faults");
    let action = ActionBody::Decommission(Decommission { packs, reason });
    let words = format!("decommission {words} ({})", body.reason);
    Ok(Plan::of(Planned::new(action, words)))
}

/// Packs that codes name.
struct Found {
    packs: PackSets,
    words: String,
    /// Each of them, with where in the request it is named.
    located: Vec<(String, PackLocation)>,
}

/// The packs that codes name: packs alone, because status changes name no units. The code of a bag names every pack
/// in it.
async fn find(desk: &Desk, codes: &[String], mut faults: Faults) -> Result<Found, Problem> {
    let selection = read(desk, codes, &mut faults).await?;
    for unit in &selection.units {
        let detail = format!("{unit} is a unit; scan the packs in it, or unpack it first");
        faults.add("codes", "pack_needed", detail);
    }
    let resolved = resolve(&desk.database, &selection, &mut faults).await?;
    let resolved = faults.finish(resolved)?;
    let words = resolved.words();
    Ok(Found {
        packs: resolved.packs,
        words,
        located: resolved.located,
    })
}

async fn read(desk: &Desk, codes: &[String], faults: &mut Faults) -> Result<Selection, Problem> {
    if codes.len() > CODES_MAX {
        let detail = format!(
            "{} codes are named, at most {CODES_MAX} fit one request",
            codes.len()
        );
        faults.add("codes", "too_many", detail);
        return Ok(Selection::default());
    }
    let mut loose = Vec::with_capacity(codes.len());
    let mut bagged = Vec::new();
    for (index, code) in codes.iter().enumerate() {
        let at = format!("codes[{index}]");
        match expand(desk, code).await? {
            None => loose.push((at, code.as_str())),
            Some(packs) if packs.is_empty() => {
                let detail = "no bag with this code is known here: scan the packs in it";
                faults.add(at, "bag_unknown", detail);
            }
            Some(packs) => bagged.extend(packs.into_iter().map(|(gtin, serial)| NamedPack {
                at: at.clone(),
                gtin,
                serial,
                lot: None,
                expiry: None,
                others: Vec::new(),
            })),
        }
    }
    Ok(read_codes(faults, &loose, bagged, desk.year()))
}
