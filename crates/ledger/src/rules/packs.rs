//! Packs that an action names.

use std::sync::Arc;

use super::custody::{Custody, Hold};
use super::signer::Signer;
use crate::constants::CHUNK_PACKS;
use crate::execute::{Refusal, Step};
use crate::identifier::{AccountId, PackLocation, RunId, Timestamp};
use crate::pack_set::{PackRange, PackSet};
use crate::record::{PackEntry, PackPlace, PackStatus, Run};
use crate::rejection::PackRejection;
use crate::state::State;

/// The run of a set; every range must lie within its count.
pub(crate) fn run_of<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    set: &PackSet,
) -> Result<Arc<Run>, Refusal> {
    let run = step
        .get::<Run>(&set.run)?
        .ok_or(PackRejection::UnknownRun { run: set.run })?;
    let count = run.public.count;
    // Ranges are ascending, so the last one reaches furthest.
    match set.ranges.last() {
        Some(last) if last.end() > count => Err(PackRejection::BeyondRun {
            run: set.run,
            position: last.end().saturating_sub(1),
            count,
        }
        .into()),
        _ => Ok(run),
    }
}

/// Changes every pack of the sets, and moves the history of each by one step.
pub(crate) fn edit<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    sets: &[PackSet],
    mut change: impl FnMut(&mut Step<'_, S>, PackLocation, &mut PackEntry) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    for set in sets {
        let run = run_of(step, set)?;
        for range in &set.ranges {
            edit_range(step, set.run, &run, *range, &mut change)?;
        }
    }
    Ok(())
}

fn edit_range<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    id: RunId,
    run: &Run,
    range: PackRange,
    change: &mut impl FnMut(&mut Step<'_, S>, PackLocation, &mut PackEntry) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    let mut position = range.first;
    while position < range.end() {
        let number = position / CHUNK_PACKS;
        let chunk_end = number.saturating_add(1).saturating_mul(CHUNK_PACKS);
        let end = range.end().min(chunk_end);
        let mut chunk = step.take_chunk(id, run, number)?;
        for position in position..end {
            let location = PackLocation { run: id, position };
            let entry = chunk
                .entry_mut(position % CHUNK_PACKS)
                .expect("a chunk has 128 entries");
            let history = entry.private.history;
            change(step, location, entry)?;
            entry.private.history = step.next_history(history);
        }
        step.put_chunk(id, number, chunk);
        position = end;
    }
    Ok(())
}

/// Gives a pack a status; `since` and `by` change with it and never otherwise.
pub(crate) fn set_status(
    entry: &mut PackEntry,
    status: PackStatus,
    time: Timestamp,
    by: AccountId,
) {
    entry.public.status = status;
    entry.public.since = time;
    entry.private.by = by;
}

/// Puts a pack into the hands of the signer.
pub(crate) fn place_with(entry: &mut PackEntry, signer: &Signer) {
    entry.private.place = PackPlace::Account(signer.account);
}

/// Demands that the signer has the pack in hand, in no unit and no shipment.
pub(crate) fn require_direct(
    signer: &Signer,
    custody: Custody,
    pack: PackLocation,
) -> Result<(), PackRejection> {
    require_off_the_road(signer, custody, pack)?;
    match custody.hold {
        Hold::Direct => Ok(()),
        _ => Err(PackRejection::InsideUnit { pack }),
    }
}

/// Demands that the signer holds the pack, in a unit or not, and has not sent it.
pub(crate) fn require_off_the_road(
    signer: &Signer,
    custody: Custody,
    pack: PackLocation,
) -> Result<(), PackRejection> {
    require_held(signer, custody, pack)?;
    match custody.hold {
        Hold::Direct | Hold::InUnit => Ok(()),
        Hold::InShipment { .. } => Err(PackRejection::InOpenShipment { pack }),
    }
}

/// Demands that the signer holds the pack, in a unit, on its way or not.
pub(crate) fn require_held(
    signer: &Signer,
    custody: Custody,
    pack: PackLocation,
) -> Result<(), PackRejection> {
    if custody.holder == signer.account {
        Ok(())
    } else {
        Err(PackRejection::NotHeld { pack })
    }
}

/// Whether somebody has packs of this status in hand.
pub(crate) fn is_in_hand(status: PackStatus) -> bool {
    match status {
        PackStatus::Active | PackStatus::Dispensed | PackStatus::Locked | PackStatus::Damaged => {
            true
        }
        PackStatus::Destroyed | PackStatus::Exported | PackStatus::Stolen | PackStatus::Missing => {
            false
        }
    }
}

/// Demands one status.
pub(crate) fn require_status(
    entry: &PackEntry,
    status: PackStatus,
    pack: PackLocation,
) -> Result<(), PackRejection> {
    let found = entry.public.status;
    if found == status {
        Ok(())
    } else {
        Err(PackRejection::Status {
            pack,
            status: found,
        })
    }
}
