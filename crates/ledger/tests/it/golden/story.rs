//! A story told in blocks, with every record that each of them writes and the root after it.

use serde_json::{Value, json};
use theriac_ledger::action::{
    ActionBody, Dispense, Lock, LockReason, Pack, Purpose, Receive, ReceiveException,
    ReceiveExceptionReason, Ship, Unlock,
};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::execute::{BlockContext, Execution, check_stateless};
use theriac_ledger::identifier::ShipmentId;
use theriac_ledger::state::State as _;
use theriac_ledger::testing::{Actor, TestLedger, packs, product};
use theriac_ledger::transaction::SignedTransaction;

use super::{bodies, hex, ledger, list, medicine, run, stored, tree, unit};

/// Three packs: one is dispensed, two are excepted by the receiver and judged by the sender.
pub(crate) fn execution() -> Value {
    let mut ledger = ledger();
    let created = play(&mut ledger, making());
    let packed = play(&mut ledger, packing());
    let to = ledger.consortium.account(Actor::Pharmacy);
    let ship = Ship {
        to,
        purpose: Purpose::Supply,
        packs: packs(run(), &[(2, 1)]),
        units: list(vec![unit(2)]),
    };
    let shipped = play(&mut ledger, vec![(Actor::Maker, ship.into())]);
    let shipment = shipped["transactions"][0]["id"].as_str().unwrap();
    let received = play(&mut ledger, receiving(shipment.parse().unwrap()));
    let judged = play(&mut ledger, judging());
    json!({
        "anchor": ledger.anchor,
        "salt": ledger.state.salt(),
        "blocks": [created, packed, shipped, received, judged],
    })
}

type Acts = Vec<(Actor, ActionBody)>;

fn making() -> Acts {
    let commission = bodies()
        .into_iter()
        .find(|(_, body)| matches!(body, ActionBody::CommissionRun(_)))
        .unwrap()
        .1;
    vec![
        (Actor::Maker, product(medicine()).into()),
        (Actor::Maker, commission),
    ]
}

/// Packs 0 and 1 into a case, the case onto a pallet.
fn packing() -> Acts {
    let case = Pack {
        sscc: unit(1),
        packs: packs(run(), &[(0, 2)]),
        units: BoundedList::empty(),
    };
    let pallet = Pack {
        sscc: unit(2),
        packs: BoundedList::empty(),
        units: list(vec![unit(1)]),
    };
    vec![(Actor::Maker, case.into()), (Actor::Maker, pallet.into())]
}

fn receiving(shipment: ShipmentId) -> Acts {
    let except = ReceiveException {
        packs: packs(run(), &[(1, 2)]),
        units: BoundedList::empty(),
        reason: ReceiveExceptionReason::Damaged,
    };
    let receive = Receive {
        shipment,
        except: list(vec![except]),
    };
    let dispense = Dispense {
        packs: packs(run(), &[(0, 1)]),
    };
    vec![
        (Actor::Pharmacy, receive.into()),
        (Actor::Pharmacy, dispense.into()),
    ]
}

/// The sender locks both packs of the rest shipment and unlocks one.
fn judging() -> Acts {
    let lock = Lock {
        packs: packs(run(), &[(1, 2)]),
        reason: LockReason::Damage,
    };
    let unlock = Unlock {
        packs: packs(run(), &[(1, 1)]),
    };
    vec![(Actor::Maker, lock.into()), (Actor::Maker, unlock.into())]
}

fn play(ledger: &mut TestLedger, acts: Acts) -> Value {
    let context: BlockContext = ledger.next_context();
    let mut transactions = Vec::new();
    let chain = ledger.state.chain_id();
    let signed: Vec<SignedTransaction> = acts
        .into_iter()
        .map(|(actor, body)| ledger.sign(actor, body))
        .collect();
    let mut execution = Execution::new(&ledger.state, context);
    for signed in signed {
        let bytes = signed.encode();
        let checked = check_stateless(signed, &chain).unwrap();
        execution.apply(&checked).unwrap();
        transactions.push(json!({ "id": checked.id(), "signed_transaction": hex(&bytes) }));
    }
    let changeset = execution.finish();
    let writes: Vec<Value> = changeset
        .writes
        .iter()
        .map(|(key, record)| json!({ "key": key, "record": stored(record) }))
        .collect();
    let work = changeset.work;
    ledger.state.apply(changeset);
    ledger.height = context.height;
    ledger.time = context.time;
    json!({
        "height": context.height,
        "time": context.time,
        "transactions": transactions,
        "writes": writes,
        "work": work,
        "state_root": tree::root(ledger.state.records()),
    })
}
