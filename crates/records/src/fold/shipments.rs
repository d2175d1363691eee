//! Hand-overs.

use sea_orm::{ActiveModelTrait, ActiveValue, EntityTrait, IntoActiveModel};
use theriac_ledger::action::{CancelShipment, Receive, Reject, Ship};
use theriac_ledger::identifier::ShipmentId;
use theriac_ledger::record::{PackPlace, UnitState};

use super::packs::{Change, change_packs};
use super::step::{Step, insert_all};
use super::units::move_units;
use super::{FoldError, Known};
use crate::codec;
use crate::entity::shipment;
use crate::repository::shipments::ShipmentOutcome;

pub(super) async fn ship(
    step: &mut Step<'_>,
    known: &mut Known,
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
    insert_all::<shipment::Entity>(step.txn, vec![row]).await?;
    step.link_shipment(&id);
    let place = Change::place(PackPlace::Shipment(id));
    change_packs(step, known, &action.packs, place).await?;
    move_units(step, &action.units, UnitState::InShipment(id)).await
}

pub(super) async fn cancel(step: &mut Step<'_>, action: &CancelShipment) -> Result<(), FoldError> {
    resolve(step, &action.shipment, ShipmentOutcome::Cancelled).await?;
    Ok(())
}

pub(super) async fn reject(step: &mut Step<'_>, action: &Reject) -> Result<(), FoldError> {
    resolve(step, &action.shipment, ShipmentOutcome::Rejected).await?;
    Ok(())
}

pub(super) async fn receive(
    step: &mut Step<'_>,
    known: &mut Known,
    action: &Receive,
) -> Result<(), FoldError> {
    let received = resolve(step, &action.shipment, ShipmentOutcome::Received).await?;
    if action.except.is_empty() {
        return Ok(());
    }
    let rest = ShipmentId::of_rest(&step.id);
    let row = shipment::Model {
        id: codec::bytes(&rest.0),
        outcome: codec::word(&ShipmentOutcome::Open),
        rest_of: Some(received.id.clone()),
        sequence: step.sequence.0,
        opened_at: codec::time(step.time)?,
        resolved_sequence: None,
        resolved_at: None,
        ..received
    };
    insert_all::<shipment::Entity>(step.txn, vec![row]).await?;
    step.link_shipment(&rest);
    for exception in &action.except {
        let place = Change::place(PackPlace::Shipment(rest));
        change_packs(step, known, &exception.packs, place).await?;
        move_units(step, &exception.units, UnitState::InShipment(rest)).await?;
    }
    Ok(())
}

async fn resolve(
    step: &mut Step<'_>,
    id: &ShipmentId,
    outcome: ShipmentOutcome,
) -> Result<shipment::Model, FoldError> {
    let found = shipment::Entity::find_by_id(codec::bytes(&id.0))
        .one(step.txn)
        .await?
        .filter(|found| found.outcome == codec::word(&ShipmentOutcome::Open))
        .ok_or_else(|| step.inconsistent("it names a shipment that is not open"))?;
    let mut row = found.into_active_model();
    row.outcome = ActiveValue::Set(codec::word(&outcome));
    row.resolved_sequence = ActiveValue::Set(Some(step.sequence.0));
    row.resolved_at = ActiveValue::Set(Some(codec::time(step.time)?));
    let resolved = row.update(step.txn).await?;
    step.link_shipment(id);
    Ok(resolved)
}
