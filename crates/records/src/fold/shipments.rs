//! Hand-overs.

use theriac_ledger::action::{CancelShipment, Receive, Reject, Ship};
use theriac_ledger::identifier::ShipmentId;
use theriac_ledger::record::{PackPlace, UnitState};

use super::memory::Memory;
use super::packs::{Change, change_packs, find_run};
use super::statement::insert_all;
use super::step::Step;
use super::stock::shipment_ended;
use super::units::move_units;
use super::{FoldError, returns};
use crate::codec;
use crate::entity::{rest_item, shipment};
use crate::repository::shipments::ShipmentOutcome;

pub(super) async fn ship(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &Ship,
) -> Result<(), FoldError> {
    let id = ShipmentId::of_ship(&step.id);
    let row = shipment::Model {
        id: codec::bytes(&id.0),
        from_account: codec::bytes(&step.account.0),
        to_account: codec::bytes(&action.to.0),
        purpose: codec::word(&action.purpose),
        outcome: codec::word(&ShipmentOutcome::Open),
        rest_of: None,
        sequence: step.sequence.0,
        opened_at: codec::time(step.time)?,
        resolved_sequence: None,
        resolved_at: None,
    };
    memory.shipments.insert(row.id.clone(), row);
    step.link_shipment(&id);
    let place = Change::place(PackPlace::Shipment(id));
    change_packs(step, memory, &action.packs, place).await?;
    move_units(step, memory, &action.units, UnitState::InShipment(id)).await
}

pub(super) async fn cancel(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &CancelShipment,
) -> Result<(), FoldError> {
    resolve(step, memory, &action.shipment, ShipmentOutcome::Cancelled).await?;
    Ok(())
}

pub(super) async fn reject(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &Reject,
) -> Result<(), FoldError> {
    resolve(step, memory, &action.shipment, ShipmentOutcome::Rejected).await?;
    Ok(())
}

pub(super) async fn receive(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &Receive,
) -> Result<(), FoldError> {
    let received = resolve(step, memory, &action.shipment, ShipmentOutcome::Received).await?;
    if !action.except.is_empty() {
        open_rest(step, memory, action, &received).await?;
    }
    returns::received(step, memory, &received).await
}

async fn open_rest(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &Receive,
    received: &shipment::Model,
) -> Result<(), FoldError> {
    let rest = ShipmentId::of_rest(&step.id);
    let row = shipment::Model {
        id: codec::bytes(&rest.0),
        outcome: codec::word(&ShipmentOutcome::Open),
        rest_of: Some(received.id.clone()),
        sequence: step.sequence.0,
        opened_at: codec::time(step.time)?,
        resolved_sequence: None,
        resolved_at: None,
        ..received.clone()
    };
    memory.shipments.insert(row.id.clone(), row);
    step.link_shipment(&rest);
    set_aside(step, memory, action, &rest).await
}

/// Moves the exceptions into the rest shipment, and keeps the reason of each.
async fn set_aside(
    step: &mut Step<'_>,
    memory: &mut Memory,
    action: &Receive,
    rest: &ShipmentId,
) -> Result<(), FoldError> {
    let mut items = Vec::new();
    for exception in &action.except {
        let place = Change::place(PackPlace::Shipment(*rest));
        change_packs(step, memory, &exception.packs, place).await?;
        move_units(step, memory, &exception.units, UnitState::InShipment(*rest)).await?;
        let new = |run, first, count, sscc| rest_item::Model {
            rest: codec::bytes(&rest.0),
            item: 0,
            reason: codec::word(&exception.reason),
            run,
            first,
            count,
            sscc,
        };
        for set in &exception.packs {
            let run = find_run(step, memory, &set.run).await?;
            for range in &set.ranges {
                let first = codec::int(range.first, "a position")?;
                let count = codec::int(range.count, "a count")?;
                items.push(new(Some(run), Some(first), Some(count), None));
            }
        }
        for sscc in &exception.units {
            items.push(new(None, None, None, Some(sscc.as_str().to_owned())));
        }
    }
    for (number, item) in (0i32..).zip(&mut items) {
        item.item = number;
    }
    insert_all::<rest_item::Entity>(step.txn, items).await?;
    Ok(())
}

async fn resolve(
    step: &mut Step<'_>,
    memory: &mut Memory,
    id: &ShipmentId,
    outcome: ShipmentOutcome,
) -> Result<shipment::Model, FoldError> {
    let key = codec::bytes(&id.0);
    let found = memory.shipments.get(step.txn, &key).await?;
    let mut resolved = found
        .filter(|found| found.outcome == codec::word(&ShipmentOutcome::Open))
        .ok_or_else(|| step.inconsistent("it names a shipment that is not open"))?;
    resolved.outcome = codec::word(&outcome);
    resolved.resolved_sequence = Some(step.sequence.0);
    resolved.resolved_at = Some(codec::time(step.time)?);
    memory
        .shipments
        .change(&key, |row| row.clone_from(&resolved));
    step.link_shipment(id);
    shipment_ended(step, memory, &resolved).await?;
    Ok(resolved)
}
