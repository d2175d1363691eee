//! Handling units.

use theriac_gs1::Sscc;
use theriac_ledger::action::{Pack, Unpack, UnpackContents};
use theriac_ledger::record::{PackPlace, UnitState};

use super::FoldError;
use super::memory::Memory;
use super::packs::{Change, change_packs};
use super::step::Step;
use super::stock::{root_of, units_moved};
use crate::codec;
use crate::entity::unit;
use crate::repository::containers::place_of;

pub(super) async fn pack(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &Pack,
) -> Result<(), FoldError> {
    let nesting = 1 + deepest(step, memory, &action.units).await?;
    let key = action.sscc.as_str().to_owned();
    if let Some(found) = memory.units.get(step.txn, &key).await? {
        if found.nesting < nesting {
            memory.units.change(&key, |row| row.nesting = nesting);
        }
        step.link_unit(&action.sscc, None);
    } else {
        let state = UnitState::Held(step.account);
        let (state_kind, state_value) = codec::unit_state_columns(&state);
        let row = unit::Model {
            sscc: key.clone(),
            state_kind,
            state: state_value,
            nesting,
            sequence: step.sequence.0,
        };
        memory.units.insert(key, row);
        step.link_unit(&action.sscc, Some(&state));
    }
    let place = Change::place(PackPlace::Unit(action.sscc));
    change_packs(step, memory, &action.packs, place).await?;
    move_units(step, memory, &action.units, UnitState::Inside(action.sscc)).await
}

pub(super) async fn unpack(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &Unpack,
) -> Result<(), FoldError> {
    match &action.contents {
        UnpackContents::All => {
            move_units(
                step,
                memory,
                &[action.sscc],
                UnitState::Resolved(step.account),
            )
            .await
        }
        UnpackContents::Some { packs, units } => {
            step.link_unit(&action.sscc, None);
            let place = Change::place(PackPlace::Account(step.account));
            change_packs(step, memory, packs, place).await?;
            move_units(step, memory, units, UnitState::Held(step.account)).await
        }
    }
}

/// Puts units into one state.
pub(super) async fn move_units(
    step: &mut Step<'_>,
    memory: &mut Memory,
    units: &[Sscc],
    state: UnitState,
) -> Result<(), FoldError> {
    let (state_kind, state_value) = codec::unit_state_columns(&state);
    load(step, memory, units).await?;
    let to = root_of(step, memory, place_of(state)).await?;
    let mut moved = Vec::new();
    for sscc in units {
        let key = sscc.as_str().to_owned();
        if memory.units.loaded(&key).is_none() {
            return Err(step.inconsistent("it names a unit that is not known"));
        }
        let from = root_of(step, memory, PackPlace::Unit(*sscc)).await?;
        if from != to {
            moved.push((from, *sscc));
        }
        memory.units.change(&key, |row| {
            row.state_kind = state_kind;
            row.state.clone_from(&state_value);
        });
        step.link_unit(sscc, Some(&state));
    }
    if moved.is_empty() {
        return Ok(());
    }
    units_moved(step, memory, &moved, to).await
}

/// The deepest nesting among units; 0 where there are none.
async fn deepest(step: &Step<'_>, memory: &mut Memory, units: &[Sscc]) -> Result<i32, FoldError> {
    load(step, memory, units).await?;
    let rows = units
        .iter()
        .filter_map(|sscc| memory.units.loaded(&sscc.as_str().to_owned()));
    Ok(rows.map(|row| row.nesting).max().unwrap_or_default())
}

async fn load(step: &Step<'_>, memory: &mut Memory, units: &[Sscc]) -> Result<(), FoldError> {
    let keys = units.iter().map(|sscc| sscc.as_str().to_owned());
    Ok(memory.units.load(step.txn, keys).await?)
}
