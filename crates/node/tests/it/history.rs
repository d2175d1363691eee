//! Histories of packs: whole at every height, after a restart, from stores that kept no list of
//! steps; forged in every way; served to those who may read them.

mod forgery;
mod oracle;
mod served;
pub(crate) mod story;

use theriac_ledger::identifier::Height;
use theriac_ledger::record::{PackPlace, PackStatus};
use theriac_ledger::testing::Actor;
use theriac_node::history::make;
use theriac_proof::check::Freshness;
use theriac_proof::history::{HistoryBundle, HistoryChecked, HistoryVerdict, check, check_for};
use theriac_proof::light::{Checkpoint, Trust};
use theriac_proof::verdict::Verdict;

use crate::fixture::{Node, World, medicine};
use story::{DISPENSED, EXCEPTED, FOLLOWED, IN_CASE, LAST, Teller, UNTOUCHED, serial};

/// A node that has told the story up to a height.
fn told(world: &mut World, last: Height) -> Node {
    let node = Node::new(world);
    let mut teller = Teller::new(world);
    for height in 1..=last {
        let now = node.chain.parent().time;
        let signed = teller.block(height, now);
        node.advance(teller.world, signed);
    }
    node
}

fn bundle(node: &Node, position: u32) -> HistoryBundle {
    let made = make(&node.store.view(), medicine(), serial(position));
    made.unwrap().unwrap()
}

fn trust(world: &World) -> Trust {
    Trust::from_anchor(&world.genesis.anchor)
}

fn checked(world: &World, bundle: &HistoryBundle) -> HistoryChecked {
    check(bundle, &trust(world), fresh(bundle))
}

fn fresh(bundle: &HistoryBundle) -> Freshness {
    Freshness {
        now: bundle.evidence.head.header.time,
        age_ms_max: 60_000,
    }
}

fn heights(checked: &HistoryChecked) -> Vec<Height> {
    checked.events.iter().map(|event| event.height).collect()
}

#[test]
fn every_history_is_whole_at_every_height() {
    let mut world = World::new();
    let node = Node::new(&world);
    let mut teller = Teller::new(&mut world);
    for height in 1..=LAST {
        let signed = teller.block(height, node.chain.parent().time);
        node.advance(teller.world, signed);
        if height == 1 {
            let unknown = make(&node.store.view(), medicine(), serial(DISPENSED));
            assert!(unknown.unwrap().is_none());
            continue;
        }
        for (position, events) in FOLLOWED {
            let checked = checked(teller.world, &bundle(&node, position));
            assert_eq!(checked.failed, None, "{position} at {height}: {checked:?}");
            assert_eq!(checked.verdict, HistoryVerdict::Complete);
            let expected: Vec<Height> = events
                .iter()
                .copied()
                .filter(|event| *event <= height)
                .collect();
            assert_eq!(heights(&checked), expected, "{position} at {height}");
        }
    }
}

#[test]
fn the_history_of_a_dispensed_pack_says_what_was_done_by_whom_and_when() {
    let mut world = World::new();
    let node = told(&mut world, LAST);
    let bundle = bundle(&node, DISPENSED);
    let checked = checked(&world, &bundle);
    let actions: Vec<&str> = checked.events.iter().map(|event| event.action).collect();
    assert_eq!(
        actions,
        [
            "commission_run",
            "pack",
            "pack",
            "lock",
            "unlock",
            "ship",
            "receive",
            "unpack",
            "unpack",
            "ship",
            "receive",
            "dispense",
            "reactivate",
            "dispense"
        ]
    );
    let pharmacy = world.consortium.account(Actor::Pharmacy);
    let last = checked.events.last().unwrap();
    assert_eq!((last.height, last.index, last.account), (19, 0, pharmacy));
    let block = node.store.block(19).unwrap().unwrap();
    assert_eq!(last.time, block.header.time);
    assert_eq!(
        last.id,
        block.transactions[0].transaction.id(&world.chain_id())
    );
    assert_eq!(checked.place, Some(PackPlace::Account(pharmacy)));
    let recorded = checked.evidence.unwrap().verdict;
    let Verdict::Recorded(record) = recorded else {
        panic!("{recorded:?}");
    };
    assert_eq!(record.pack.unwrap().status, PackStatus::Dispensed);
    assert_eq!((bundle.units.len(), bundle.shipments.len()), (2, 2));
    let steps = |index: usize| bundle.units[index].steps.len();
    assert_eq!((steps(0), steps(1)), (7, 3), "all steps of case and pallet");
    println!(
        "{} events, {} bytes, of which {} are the commissioning",
        checked.events.len(),
        bundle.encode().len(),
        bundle.blocks[0].transactions[0].signed.encode().len()
    );
}

#[test]
fn a_history_reads_back_from_its_bytes_and_its_json() {
    let mut world = World::new();
    let node = told(&mut world, LAST);
    for (position, _) in FOLLOWED {
        let bundle = bundle(&node, position);
        assert_eq!(HistoryBundle::decode(&bundle.encode()).unwrap(), bundle);
        let json = serde_json::to_vec(&bundle).unwrap();
        assert_eq!(HistoryBundle::from_json(&json).unwrap(), bundle);
        let mut value: serde_json::Value = serde_json::from_slice(&json).unwrap();
        value["run"]["private"]["more"] = 1.into();
        let more = serde_json::to_vec(&value).unwrap();
        assert!(HistoryBundle::from_json(&more).is_err());
    }
}

#[test]
fn histories_are_the_same_after_a_restart_and_from_a_store_that_kept_no_steps() {
    let mut world = World::new();
    let node = told(&mut world, LAST);
    let all = |node: &Node| FOLLOWED.map(|(position, _)| bundle(node, position));
    let before = all(&node);
    let node = node.restart();
    assert_eq!(all(&node), before);

    let folder = node.stop();
    forget_steps(&crate::fixture::store_path(folder.path()));
    let node = Node::start(folder);
    assert_eq!(all(&node), before, "listed again from the blocks");
    let note = world.note(Actor::Maker, node.chain.parent().time);
    node.advance(&world, vec![note]);
    let later = bundle(&node, DISPENSED);
    assert_eq!(checked(&world, &later).verdict, HistoryVerdict::Complete);
    assert_eq!(later.blocks, before[0].blocks);
}

/// Makes a store what an earlier program left: without the list of steps.
fn forget_steps(path: &std::path::Path) {
    let database = fjall::Database::builder(path).open().unwrap();
    let space = |name| {
        let options = fjall::KeyspaceCreateOptions::default;
        database.keyspace(name, options).unwrap()
    };
    let steps = space("steps");
    let names: Vec<_> = steps.iter().map(|entry| entry.key().unwrap()).collect();
    assert!(!names.is_empty());
    for name in names {
        steps.remove(name).unwrap();
    }
    space("meta").remove("steps").unwrap();
    database.persist(fjall::PersistMode::SyncAll).unwrap();
}

#[test]
fn a_history_is_checked_from_a_checkpoint_before_amid_and_after_it() {
    let mut world = World::new();
    let node = told(&mut world, LAST);
    let bundle = bundle(&node, EXCEPTED);
    for height in [1, 2, 10, LAST - 1] {
        let (header, _) = node.store.header(height).unwrap().unwrap();
        let trust = Trust::from_checkpoint(Checkpoint {
            chain_id: world.chain_id(),
            height,
            block: header.digest(),
            time: header.time,
            next_validators: world.consortium.validators.clone(),
        });
        let checked = check(&bundle, &trust, fresh(&bundle));
        assert_eq!(checked.verdict, HistoryVerdict::Complete, "{height}");
    }
}

#[test]
fn an_old_history_is_stale_and_that_of_another_pack_is_not_the_one_asked_for() {
    let mut world = World::new();
    let node = told(&mut world, LAST);
    let bundle = bundle(&node, IN_CASE);
    let later = Freshness {
        now: bundle.evidence.head.header.time.saturating_add(60_001),
        age_ms_max: 60_000,
    };
    let stale = check(&bundle, &trust(&world), later);
    assert_eq!(stale.verdict, HistoryVerdict::Stale { age_ms: 60_001 });
    assert_eq!(stale.events.len(), 6);
    let asked = |position| {
        let (gtin, serial) = (medicine(), serial(position));
        check_for(&gtin, &serial, &bundle, &trust(&world), fresh(&bundle)).failed
    };
    assert_eq!(asked(IN_CASE), None);
    assert!(asked(UNTOUCHED).is_some());
}
