//! One of every enabled action, with every enum value that is enabled somewhere.

use serde_json::{Value, json};
use theriac_ledger::action::{
    ActionBody, AnchorDigest, AnchorKind, ApproveChange, CancelShipment, CloseLot, CommissionRun,
    Decommission, DecommissionReason, Dispense, EnactChange, Lock, LockReason, Pack, ProposeChange,
    Purpose, Reactivate, ReactivateReason, RecallClass, RecallLot, Receive, ReceiveException,
    ReceiveExceptionReason, RegisterProduct, Reject, RejectReason, Ship, StorageRange, Unlock,
    Unpack, UnpackContents, WithdrawChange,
};
use theriac_ledger::identifier::{AccountId, ChangeId, ShipmentId};
use theriac_ledger::testing::{date, pack_keys, packs, product};

use super::changes::changes;
use super::{hex, list, medicine, named, run, unit};

/// Each as JSON and as the action.
pub(crate) fn bodies() -> Vec<(Value, ActionBody)> {
    let mut bodies = lot_bodies();
    bodies.extend(custody_bodies());
    bodies.extend(status_bodies());
    bodies.extend(membership_bodies());
    bodies
}

fn body<T: serde::Serialize + Clone + Into<ActionBody>>(action: &T) -> (Value, ActionBody) {
    (serde_json::to_value(action).unwrap(), action.clone().into())
}

fn lot_bodies() -> Vec<(Value, ActionBody)> {
    let (gtin, lot) = (medicine(), run().lot);
    let keys = pack_keys(&gtin, 0, 3);
    let commission = CommissionRun {
        gtin,
        lot,
        number: 0,
        expiry: date("2027-12-31"),
        manufactured: date("2025-12-01"),
        keys: list(keys.clone()),
    };
    let input = json!({
        "gtin": gtin, "lot": lot, "number": 0, "expiry": "2027-12-31",
        "manufactured": "2025-12-01",
        "keys": keys.iter().map(|key| hex(&key.0)).collect::<Vec<_>>(),
    });
    let cold = RegisterProduct {
        storage: Some(StorageRange {
            celsius_tenths_min: 20,
            celsius_tenths_max: 80,
        }),
        ..product(gtin)
    };
    let mut bodies = vec![
        body(&product(gtin)),
        body(&cold),
        (input, commission.into()),
        body(&CloseLot { gtin, lot }),
    ];
    for class in [RecallClass::One, RecallClass::Two, RecallClass::Three] {
        let notice = named("notice");
        bodies.push(body(&RecallLot {
            gtin,
            lot,
            class,
            notice,
        }));
    }
    bodies
}

fn custody_bodies() -> Vec<(Value, ActionBody)> {
    let shipment = ShipmentId(named("shipment"));
    let some = UnpackContents::Some {
        packs: packs(run(), &[(0, 2)]),
        units: list(vec![unit(2)]),
    };
    let mut bodies = vec![
        body(&Pack {
            sscc: unit(1),
            packs: packs(run(), &[(0, 100), (101, 1)]),
            units: list(vec![unit(2), unit(3)]),
        }),
        body(&Unpack {
            sscc: unit(1),
            contents: UnpackContents::All,
        }),
        body(&Unpack {
            sscc: unit(1),
            contents: some,
        }),
        body(&CancelShipment { shipment }),
    ];
    for purpose in [Purpose::Supply, Purpose::Return, Purpose::Destruction] {
        bodies.push(body(&Ship {
            to: AccountId(named("addressee")),
            purpose,
            packs: packs(run(), &[(5, 1)]),
            units: list(vec![unit(1)]),
        }));
    }
    let except = [
        ReceiveExceptionReason::Short,
        ReceiveExceptionReason::Damaged,
        ReceiveExceptionReason::Wrong,
        ReceiveExceptionReason::Suspect,
    ];
    let except = (0..)
        .zip(except)
        .map(|(position, reason)| ReceiveException {
            packs: packs(run(), &[(position, 1)]),
            units: list(vec![unit(10 + position)]),
            reason,
        });
    bodies.push(body(&Receive {
        shipment,
        except: list(except.collect()),
    }));
    for reason in [
        RejectReason::NotOrdered,
        RejectReason::NotArrived,
        RejectReason::Damaged,
        RejectReason::Condition,
        RejectReason::Suspect,
        RejectReason::Other,
    ] {
        bodies.push(body(&Reject { shipment, reason }));
    }
    bodies
}

fn status_bodies() -> Vec<(Value, ActionBody)> {
    let packs = packs(run(), &[(0, 1), (2, 3)]);
    let mut bodies = vec![
        body(&Dispense {
            packs: packs.clone(),
        }),
        body(&Unlock {
            packs: packs.clone(),
        }),
    ];
    for reason in [ReactivateReason::NotDispensed, ReactivateReason::Found] {
        let packs = packs.clone();
        bodies.push(body(&Reactivate { packs, reason }));
    }
    for reason in [
        LockReason::Suspect,
        LockReason::Damage,
        LockReason::Condition,
        LockReason::Quality,
        LockReason::Order,
    ] {
        let packs = packs.clone();
        bodies.push(body(&Lock { packs, reason }));
    }
    for reason in [
        DecommissionReason::Destroyed,
        DecommissionReason::Exported,
        DecommissionReason::Sample,
        DecommissionReason::FreeSample,
        DecommissionReason::Stolen,
        DecommissionReason::Missing,
        DecommissionReason::Damaged,
        DecommissionReason::CheckedOut,
    ] {
        let packs = packs.clone();
        bodies.push(body(&Decommission { packs, reason }));
    }
    for kind in [
        AnchorKind::Document,
        AnchorKind::Event,
        AnchorKind::ErrorDeclaration,
        AnchorKind::AccessLog,
    ] {
        let digest = named("document");
        bodies.push(body(&AnchorDigest { kind, digest }));
    }
    bodies
}

fn membership_bodies() -> Vec<(Value, ActionBody)> {
    let id = ChangeId(named("change"));
    let mut bodies = vec![body(&ApproveChange { id }), body(&WithdrawChange { id })];
    for change in changes() {
        bodies.push(body(&ProposeChange { change }));
    }
    let change = changes().swap_remove(0);
    bodies.push(body(&EnactChange { id, change }));
    bodies
}
