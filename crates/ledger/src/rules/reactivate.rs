//! `Reactivate`: undoes a dispensing within its time, or reports missing packs as found.

use super::custody::Memory;
use super::packs;
use super::signer::Signer;
use super::supply;
use crate::action::{Reactivate, ReactivateReason};
use crate::constants::UNDO_MS_MAX;
use crate::execute::{Refusal, Step};
use crate::identifier::{PackLocation, Timestamp};
use crate::record::{PackEntry, PackStatus};
use crate::rejection::PackRejection;
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &Reactivate,
) -> Result<(), Refusal> {
    if action.reason == ReactivateReason::NotDispensed {
        supply::check_packs(step, signer, &action.packs)?;
    }
    let mut memory = Memory::default();
    packs::edit(step, &action.packs, |step, pack, entry| {
        check_entry(signer, action.reason, step.time(), pack, entry)?;
        // Without this a pack that was sent to be destroyed could be fetched back by undoing.
        let custody = memory.of_place(step, entry.private.place)?;
        packs::require_off_the_road(signer, custody, pack)?;
        packs::set_status(entry, PackStatus::Active, step.time(), signer.account);
        packs::place_with(entry, signer);
        Ok(())
    })
}

fn check_entry(
    signer: &Signer,
    reason: ReactivateReason,
    time: Timestamp,
    pack: PackLocation,
    entry: &PackEntry,
) -> Result<(), PackRejection> {
    let (status, since) = (entry.public.status, entry.public.since);
    let fits = match status {
        PackStatus::Dispensed => reason == ReactivateReason::NotDispensed,
        PackStatus::Missing => reason == ReactivateReason::Found,
        _ => return Err(PackRejection::Status { pack, status }),
    };
    if !fits {
        return Err(PackRejection::Reason { pack, status });
    }
    if entry.private.by != signer.account {
        return Err(PackRejection::ByOther { pack, status });
    }
    if status == PackStatus::Dispensed && time.milliseconds_since(since) > UNDO_MS_MAX {
        return Err(PackRejection::UndoTooLate { pack, since });
    }
    Ok(())
}
