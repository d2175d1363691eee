//! Packs: status and place.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use theriac_ledger::action::{
    Decommission, DecommissionReason, Dispense, Lock, Reactivate, Unlock,
};
use theriac_ledger::identifier::{AccountId, RunId};
use theriac_ledger::pack_set::{PackRange, PackSet};
use theriac_ledger::record::{PackPlace, PackStatus};

use super::FoldError;
use super::memory::Memory;
use super::span::{PackState, Span};
use super::step::Step;
use super::stock::packs_changed;
use crate::codec;
use crate::entity::{pack_span, run};
use crate::error::StorageError;

/// What an action does to the packs it names; nothing where `None`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Change {
    pub(super) place: Option<PackPlace>,
    /// With it go `since` and `by`, which change only with the status.
    pub(super) status: Option<PackStatus>,
}

impl Change {
    pub(super) fn place(place: PackPlace) -> Self {
        Self {
            place: Some(place),
            status: None,
        }
    }

    fn status(status: PackStatus) -> Self {
        Self {
            place: None,
            status: Some(status),
        }
    }

    /// Takes packs out of whatever the signer holds them in, too.
    fn status_at(status: PackStatus, account: AccountId) -> Self {
        Self {
            place: Some(PackPlace::Account(account)),
            status: Some(status),
        }
    }
}

pub(super) async fn dispense(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &Dispense,
) -> Result<(), FoldError> {
    let change = Change::status_at(PackStatus::Dispensed, step.account);
    change_packs(step, memory, &action.packs, change).await
}

pub(super) async fn reactivate(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &Reactivate,
) -> Result<(), FoldError> {
    let change = Change::status_at(PackStatus::Active, step.account);
    change_packs(step, memory, &action.packs, change).await
}

pub(super) async fn lock(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &Lock,
) -> Result<(), FoldError> {
    change_packs(
        step,
        memory,
        &action.packs,
        Change::status(PackStatus::Locked),
    )
    .await
}

pub(super) async fn unlock(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &Unlock,
) -> Result<(), FoldError> {
    change_packs(
        step,
        memory,
        &action.packs,
        Change::status(PackStatus::Active),
    )
    .await
}

pub(super) async fn decommission(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &Decommission,
) -> Result<(), FoldError> {
    let status = match action.reason {
        DecommissionReason::Destroyed => PackStatus::Destroyed,
        DecommissionReason::Exported => PackStatus::Exported,
        DecommissionReason::Stolen => PackStatus::Stolen,
        DecommissionReason::Missing => PackStatus::Missing,
        DecommissionReason::Damaged => PackStatus::Damaged,
        DecommissionReason::Sample
        | DecommissionReason::FreeSample
        | DecommissionReason::CheckedOut => {
            return Err(step.inconsistent("the reason is reserved"));
        }
    };
    let change = Change::status_at(status, step.account);
    change_packs(step, memory, &action.packs, change).await
}

/// Changes the packs of several sets.
pub(super) async fn change_packs(
    step: &mut Step<'_>,
    memory: &mut Memory,
    sets: &[PackSet],
    change: Change,
) -> Result<(), FoldError> {
    for set in sets {
        let run = find_run(step, memory, &set.run).await?;
        for range in &set.ranges {
            change_range(step, memory, (&set.run, run), *range, change).await?;
            step.link_packs(run, *range, change.place.as_ref())?;
        }
    }
    Ok(())
}

pub(super) async fn find_run(
    step: &Step<'_>,
    memory: &mut Memory,
    name: &RunId,
) -> Result<i64, FoldError> {
    if let Some(id) = memory.runs.get(name) {
        return Ok(*id);
    }
    let found = run::Entity::find()
        .filter(run::Column::Gtin.eq(name.gtin.as_str()))
        .filter(run::Column::Lot.eq(name.lot.as_str()))
        .filter(run::Column::Number.eq(i32::from(name.number)))
        .one(step.txn)
        .await?
        .ok_or_else(|| step.inconsistent("it names a run that is not known"))?;
    memory.runs.insert(*name, found.id);
    Ok(found.id)
}

async fn change_range(
    step: &Step<'_>,
    memory: &mut Memory,
    (name, run): (&RunId, i64),
    range: PackRange,
    change: Change,
) -> Result<(), FoldError> {
    let (time, account) = (step.time, step.account);
    let changed = memory.spans.change(step.txn, run, range, |state| {
        if let Some(place) = change.place {
            state.place = place;
        }
        if let Some(status) = change.status {
            state.status = status;
            state.since = time;
            state.by = account;
        }
    });
    let before = changed
        .await?
        .ok_or_else(|| step.inconsistent("it names packs past the end of their run"))?;
    for span in before {
        let PackState { place, status, .. } = span.state;
        let after = (
            change.place.unwrap_or(place),
            change.status.unwrap_or(status),
        );
        packs_changed(step, memory, name, (place, status), after, span.count).await?;
    }
    Ok(())
}

pub(crate) fn span_of(row: &pack_span::Model) -> Result<Span, StorageError> {
    Ok(Span {
        first: codec::unsigned(row.first, "pack_spans.first")?,
        count: codec::unsigned(row.count, "pack_spans.count")?,
        state: PackState {
            status: codec::status(row.status)?,
            since: codec::timestamp(row.since, "pack_spans.since")?,
            place: codec::place(row.place_kind, &row.place, "pack_spans.place")?,
            by: AccountId(codec::digest(&row.by, "pack_spans.by")?),
        },
    })
}

pub(super) fn row_of(run: i64, span: &Span) -> Result<pack_span::Model, StorageError> {
    let (place_kind, place) = codec::place_columns(&span.state.place);
    Ok(pack_span::Model {
        run,
        first: codec::int(span.first, "a position")?,
        count: codec::int(span.count, "a count")?,
        status: codec::status_number(span.state.status),
        since: codec::time(span.state.since)?,
        place_kind,
        place,
        by: codec::bytes(&span.state.by.0),
    })
}
