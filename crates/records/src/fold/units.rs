//! Handling units.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QuerySelect,
};
use theriac_gs1::Sscc;
use theriac_ledger::action::{Pack, Unpack, UnpackContents};
use theriac_ledger::record::{PackPlace, UnitState};

use super::packs::{Change, change_packs};
use super::step::{Step, insert_all};
use super::{FoldError, Known};
use crate::codec;
use crate::entity::unit;

/// Units named in one statement.
const UNITS_IN_STATEMENT: usize = 1_000;

pub(super) async fn pack(
    step: &mut Step<'_>,
    known: &mut Known,
    action: &Pack,
) -> Result<(), FoldError> {
    let nesting = 1 + deepest(step, &action.units).await?;
    let found = unit::Entity::find_by_id(action.sscc.as_str())
        .one(step.txn)
        .await?;
    if let Some(found) = found {
        if found.nesting < nesting {
            let mut row = found.into_active_model();
            row.nesting = ActiveValue::Set(nesting);
            row.update(step.txn).await?;
        }
        step.link_unit(&action.sscc, None);
    } else {
        let state = UnitState::Held(step.account);
        let (state_kind, state_value) = codec::unit_state_columns(&state);
        let row = unit::Model {
            sscc: action.sscc.as_str().to_owned(),
            state_kind,
            state: state_value,
            nesting,
            sequence: step.sequence.0,
        };
        insert_all::<unit::Entity>(step.txn, vec![row]).await?;
        step.link_unit(&action.sscc, Some(&state));
    }
    let place = Change::place(PackPlace::Unit(action.sscc));
    change_packs(step, known, &action.packs, place).await?;
    move_units(step, &action.units, UnitState::Inside(action.sscc)).await
}

pub(super) async fn unpack(
    step: &mut Step<'_>,
    known: &mut Known,
    action: &Unpack,
) -> Result<(), FoldError> {
    match &action.contents {
        UnpackContents::All => {
            move_units(step, &[action.sscc], UnitState::Resolved(step.account)).await
        }
        UnpackContents::Some { packs, units } => {
            step.link_unit(&action.sscc, None);
            let place = Change::place(PackPlace::Account(step.account));
            change_packs(step, known, packs, place).await?;
            move_units(step, units, UnitState::Held(step.account)).await
        }
    }
}

/// Puts units into one state.
pub(super) async fn move_units(
    step: &mut Step<'_>,
    units: &[Sscc],
    state: UnitState,
) -> Result<(), FoldError> {
    let (state_kind, state_value) = codec::unit_state_columns(&state);
    for part in units.chunks(UNITS_IN_STATEMENT) {
        let moved = unit::Entity::update_many()
            .col_expr(unit::Column::StateKind, Expr::value(state_kind))
            .col_expr(unit::Column::State, Expr::value(state_value.clone()))
            .filter(unit::Column::Sscc.is_in(part.iter().map(Sscc::as_str)))
            .exec(step.txn)
            .await?
            .rows_affected;
        if usize::try_from(moved) != Ok(part.len()) {
            return Err(step.inconsistent("it names a unit that is not known"));
        }
    }
    for sscc in units {
        step.link_unit(sscc, Some(&state));
    }
    Ok(())
}

/// The deepest nesting among units; 0 where there are none.
async fn deepest(step: &Step<'_>, units: &[Sscc]) -> Result<i32, FoldError> {
    let mut deepest = 0;
    for part in units.chunks(UNITS_IN_STATEMENT) {
        let found: Option<Option<i32>> = unit::Entity::find()
            .select_only()
            .column_as(unit::Column::Nesting.max(), "deepest")
            .filter(unit::Column::Sscc.is_in(part.iter().map(Sscc::as_str)))
            .into_tuple()
            .one(step.txn)
            .await?;
        deepest = deepest.max(found.flatten().unwrap_or_default());
    }
    Ok(deepest)
}
