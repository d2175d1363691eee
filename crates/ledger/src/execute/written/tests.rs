use super::*;
use crate::execute::{Changeset, Execution, check_stateless};
use crate::record::Chunk;
use crate::state::State as _;
use crate::testing::{Actor, TestLedger, gtin, packs, sscc};

#[test]
fn a_mask_names_consecutive_packs_and_ends_with_the_chunk() {
    assert_eq!(PackMask::of(0, 1).0, 1);
    assert_eq!(PackMask::of(127, 1).0, 1 << 127);
    assert_eq!(PackMask::of(0, 128).0, u128::MAX);
    assert_eq!(PackMask::of(3, 2).0, 0b11000);
    assert_eq!(PackMask::of(100, 1_000), PackMask::of(100, 28));
    assert!(PackMask::of(127, 1).contains(127));
    assert!(!PackMask(u128::MAX).contains(128));
}

/// Executes a transaction as the next block and says what it changes.
fn execute(ledger: &mut TestLedger, actor: Actor, body: impl Into<ActionBody>) -> Changeset {
    let signed = ledger.sign(actor, body);
    let checked = check_stateless(signed, &ledger.state.chain_id()).unwrap();
    let context = ledger.next_context();
    let mut execution = Execution::new(&ledger.state, context);
    execution.apply(&checked).unwrap();
    let changes = execution.finish();
    ledger.state.apply(changes.clone());
    (ledger.height, ledger.time) = (context.height, context.time);
    changes
}

#[test]
fn a_changeset_names_every_record_that_its_transaction_writes() {
    let mut ledger = TestLedger::new(1);
    let run = ledger.commission(Actor::Maker, gtin("9506000", 1), ("LOT1", 0), (0, 300));
    let action = crate::action::Pack {
        sscc: sscc("9506000", 1),
        packs: packs(run, &[(100, 60), (290, 10)]),
        units: crate::encoding::BoundedList::empty(),
    };
    let changes = execute(&mut ledger, Actor::Maker, action);
    let named: Vec<StateKey> = changes.steps[0].keys().copied().collect();
    let wrote: Vec<StateKey> = changes.writes.keys().copied().collect();
    assert_eq!((changes.steps.len(), named), (1, wrote));
    let mask = |number| changes.steps[0][&StateKey::chunk(&run, number)];
    assert_eq!(mask(0), PackMask::of(100, 28));
    assert_eq!(mask(1), PackMask::of(0, 32));
    assert_eq!(mask(2), PackMask::of(34, 10));
}

#[test]
fn the_packs_named_are_those_whose_history_moves() {
    let mut ledger = TestLedger::new(2);
    let run = ledger.commission(Actor::Maker, gtin("9506000", 1), ("LOT1", 0), (0, 200));
    let action = crate::action::Lock {
        packs: packs(run, &[(5, 3), (130, 1)]),
        reason: crate::action::LockReason::Quality,
    };
    let changes = execute(&mut ledger, Actor::Maker, action);
    for number in 0..2 {
        let key = StateKey::chunk(&run, number);
        let chunk = Chunk::load(&changes.writes[&key], number).unwrap();
        let untouched = chunk.entries()[127].private.history;
        for (place, entry) in (0u32..).zip(chunk.entries()) {
            let moved = entry.private.history != untouched;
            assert_eq!(changes.steps[0][&key].contains(place), moved, "{place}");
        }
    }
}
