//! What a transaction says, short enough for a list: names and counts, no lists.

use serde_json::{Value, json};
use theriac_ledger::action::{ActionBody, UnpackContents};
use theriac_ledger::pack_set::PackSet;

/// The summary of an action, as a JSON object.
pub(super) fn of(body: &ActionBody) -> Value {
    match body {
        ActionBody::RegisterProduct(action) => json!({"gtin": action.gtin, "name": action.name}),
        ActionBody::CommissionRun(action) => json!({
            "gtin": action.gtin, "lot": action.lot, "run": action.number,
            "expiry": action.expiry, "packs": action.keys.len(),
        }),
        ActionBody::CloseLot(action) => json!({"gtin": action.gtin, "lot": action.lot}),
        ActionBody::RecallLot(action) => json!({
            "gtin": action.gtin, "lot": action.lot, "class": action.class, "notice": action.notice,
        }),
        ActionBody::Pack(action) => json!({
            "sscc": action.sscc, "packs": count(&action.packs), "units": action.units.len(),
        }),
        ActionBody::Unpack(action) => match &action.contents {
            UnpackContents::All => json!({"sscc": action.sscc, "all": true}),
            UnpackContents::Some { packs, units } => json!({
                "sscc": action.sscc, "all": false, "packs": count(packs), "units": units.len(),
            }),
        },
        ActionBody::Ship(action) => json!({
            "to": action.to, "purpose": action.purpose,
            "packs": count(&action.packs), "units": action.units.len(),
        }),
        ActionBody::CancelShipment(action) => json!({"shipment": action.shipment}),
        ActionBody::Receive(action) => json!({
            "shipment": action.shipment,
            "exceptions": action.except.iter().map(|exception| json!({
                "reason": exception.reason,
                "packs": count(&exception.packs), "units": exception.units.len(),
            })).collect::<Vec<_>>(),
        }),
        ActionBody::Reject(action) => {
            json!({"shipment": action.shipment, "reason": action.reason})
        }
        ActionBody::Dispense(action) => json!({"packs": count(&action.packs)}),
        ActionBody::Reactivate(action) => {
            json!({"packs": count(&action.packs), "reason": action.reason})
        }
        ActionBody::Lock(action) => json!({"packs": count(&action.packs), "reason": action.reason}),
        ActionBody::Unlock(action) => json!({"packs": count(&action.packs)}),
        ActionBody::Decommission(action) => {
            json!({"packs": count(&action.packs), "reason": action.reason})
        }
        ActionBody::AnchorDigest(action) => json!({"kind": action.kind, "digest": action.digest}),
        ActionBody::ProposeChange(action) => json!({"change": action.change.name()}),
        ActionBody::ApproveChange(action) => json!({"id": action.id}),
        ActionBody::EnactChange(action) => {
            json!({"id": action.id, "change": action.change.name()})
        }
        ActionBody::WithdrawChange(action) => json!({"id": action.id}),
    }
}

fn count(sets: &[PackSet]) -> u64 {
    sets.iter()
        .flat_map(|set| set.ranges.iter())
        .map(|range| u64::from(range.count))
        .sum()
}
