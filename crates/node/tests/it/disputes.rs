//! What is disputed about a pack, beside its whole history.

use std::collections::BTreeSet;

use theriac_crypto::PublicKey;
use theriac_ledger::change::{Change, KeyRevocation};
use theriac_ledger::identifier::{Height, PackLocation, Timestamp};
use theriac_ledger::testing::Actor;
use theriac_node::disputes::{DisputeFinder, Disputes, Subject};
use theriac_node::history;
use theriac_proof::check::Freshness;
use theriac_proof::history::{HistoryEvent, check};
use theriac_proof::light::Trust;

use crate::fixture::{Node, World, medicine};
use crate::history::story::{
    DISPENSED, EXCEPTED, FOLLOWED, IN_CASE, LAST, Teller, case, pallet, run, serial,
};

/// A node with the whole story, and who looks for what is disputed.
struct Scene {
    world: World,
    node: Node,
    finder: DisputeFinder,
}

impl Scene {
    /// The story up to a height.
    fn told(last: Height) -> Self {
        let mut world = World::new();
        let node = Node::new(&world);
        let mut teller = Teller::new(&mut world);
        for height in 1..=last {
            let signed = teller.block(height, node.chain.parent().time);
            node.advance(teller.world, signed);
        }
        Self {
            world,
            node,
            finder: DisputeFinder::default(),
        }
    }

    fn key(&self, actor: Actor) -> PublicKey {
        self.world.consortium.key(actor).public_key()
    }

    fn revoke(&mut self, key: PublicKey, compromised_since: Timestamp) {
        let change = Change::RevokeKey(KeyRevocation {
            key,
            compromised_since,
        });
        let now = self.node.chain.parent().time;
        let signed = self.world.decide(&change, now);
        self.node.advance(&self.world, signed);
    }

    fn time_of(&self, height: Height) -> Timestamp {
        let (header, _) = self.node.store.header(height).unwrap().unwrap();
        header.time
    }

    fn find(&self, subject: &Subject) -> Disputes {
        let found = self.finder.find(&self.node.store.view(), subject).unwrap();
        assert!(!found.is_partial);
        found
    }

    fn heights(&self, subject: &Subject) -> Vec<Height> {
        let found = self.find(subject).found;
        found.iter().map(|dispute| dispute.height).collect()
    }

    /// The whole history of a pack, checked.
    fn history(&self, position: u32) -> Vec<HistoryEvent> {
        let view = self.node.store.view();
        let bundle = history::make(&view, medicine(), serial(position));
        let bundle = bundle.unwrap().unwrap();
        let freshness = Freshness {
            now: bundle.evidence.head.header.time,
            age_ms_max: 0,
        };
        let trust = Trust::from_anchor(&self.world.genesis.anchor);
        check(&bundle, &trust, freshness).events
    }
}

fn pack(position: u32) -> Subject {
    let run = run();
    Subject::Pack(PackLocation { run, position })
}

#[test]
fn nothing_is_disputed_before_a_key_is_revoked() {
    let scene = Scene::told(LAST);
    for (position, _) in FOLLOWED {
        assert_eq!(scene.find(&pack(position)), Disputes::default());
    }
}

#[test]
fn what_is_disputed_is_of_the_packs_history_and_all_of_it_that_names_the_pack() {
    for actor in [Actor::Maker, Actor::Distributor, Actor::Pharmacy] {
        let mut scene = Scene::told(LAST);
        let key = scene.key(actor);
        for height in (1..=LAST).rev() {
            let since = scene.time_of(height);
            // Each time for a time further back; the finder has seen what was before.
            scene.revoke(key, since);
            for (position, _) in FOLLOWED {
                let events = scene.history(position);
                let signed_since =
                    |event: &&HistoryEvent| event.signer == key && event.time >= since;
                let all: BTreeSet<_> = events
                    .iter()
                    .filter(signed_since)
                    .map(|event| (event.height, event.index, event.id, event.action))
                    .collect();
                let found: BTreeSet<_> = scene
                    .find(&pack(position))
                    .found
                    .iter()
                    .map(|one| (one.height, one.index, one.id, one.action))
                    .collect();
                assert!(found.is_subset(&all), "{actor:?} {height} {position}");
                let missed = all.difference(&found).map(|(.., action)| *action);
                let missed: Vec<&str> = missed.collect();
                let is_of_carriers = |action: &&str| {
                    ["pack", "ship", "receive", "reject", "unpack"].contains(action)
                };
                assert!(missed.iter().all(is_of_carriers), "{missed:?}");
            }
        }
    }
}

#[test]
fn a_pack_is_disputed_by_what_moved_the_case_and_the_pallet_that_it_is_in() {
    // Case and pallet are on their way to the distributor: the shipment was signed at 9.
    let mut scene = Scene::told(9);
    let maker = scene.key(Actor::Maker);
    scene.revoke(maker, scene.time_of(9));
    for subject in [
        pack(IN_CASE),
        pack(DISPENSED),
        Subject::Unit(pallet()),
        Subject::Unit(case()),
    ] {
        assert_eq!(scene.heights(&subject), [9], "{subject:?}");
    }
    scene.revoke(maker, scene.time_of(5));
    assert_eq!(scene.heights(&pack(IN_CASE)), [5, 6, 9]);
    // The case was filled before; that the pallet was built is of the pack's way, too.
    assert_eq!(scene.heights(&pack(DISPENSED)), [6, 9]);
    assert_eq!(scene.heights(&Subject::Unit(pallet())), [6, 9]);
}

#[test]
fn what_happened_to_a_case_before_the_pack_was_in_it_is_none_of_the_packs() {
    // The pack was taken out and packed again, at 14; the case had its moves before.
    let mut scene = Scene::told(15);
    let distributor = scene.key(Actor::Distributor);
    scene.revoke(distributor, scene.time_of(12));
    assert_eq!(scene.heights(&pack(EXCEPTED)), [14]);
}

#[test]
fn an_older_height_is_judged_by_what_it_has_on_record() {
    let mut scene = Scene::told(LAST);
    let before = scene.node.store.view();
    let maker = scene.key(Actor::Maker);
    scene.revoke(maker, scene.time_of(1));
    assert!(!scene.find(&pack(DISPENSED)).found.is_empty());
    let found = scene.finder.find(&before, &pack(DISPENSED)).unwrap();
    assert_eq!(found, Disputes::default());
}

#[test]
fn a_change_that_is_not_enacted_yet_disputes_nothing_and_is_not_forgotten() {
    let mut scene = Scene::told(LAST);
    let key = scene.key(Actor::Maker);
    let change = Change::RevokeKey(KeyRevocation {
        key,
        compromised_since: scene.time_of(2),
    });
    let now = scene.node.chain.parent().time;
    let mut signed = scene.world.decide(&change, now);
    let enactment = signed.split_off(3);
    scene.node.advance(&scene.world, signed);
    assert_eq!(scene.find(&pack(DISPENSED)), Disputes::default());
    for _ in 0..3 {
        scene.node.advance(&scene.world, Vec::new());
        assert_eq!(scene.find(&pack(DISPENSED)), Disputes::default());
    }
    scene.node.advance(&scene.world, enactment);
    assert_eq!(scene.heights(&pack(DISPENSED)).first(), Some(&2));
}
