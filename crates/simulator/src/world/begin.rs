//! The first moment of a world.

use std::collections::BTreeMap;
use std::rc::Rc;

use sha3::{Digest as _, Sha3_256};
use theriac_crypto::SigningKey;
use theriac_ledger::planted::{Bug, is_planted};
use theriac_ledger::record::Parameters;
use theriac_ledger::testing::Consortium;
use theriac_node::genesis::Genesis;
use theriac_testkit::genesis::{genesis_with, without_notice};
use theriac_testkit::newcomer::Newcomer;

use super::{CUT_TIME, CUTS_TIME, Phase, SLEEP, STORM, Script, Slot, World};
use crate::council::Council;
use crate::dice::Dice;
use crate::event::{Event, Queue};
use crate::liar::Lie;
use crate::machine::Machine;
use crate::network::{MS, Network};
use crate::process::Setup;
use crate::report::Variant;
use crate::verdict::Counts;
use crate::workload::Workload;

/// Of a thousand worlds, those where the authorities change who votes.
const REFORMING: u64 = 350;
/// Nodes that get a vote there, at most: four validators become seven.
const SPARES_MAX: u64 = 3;

/// Nodes that get a vote in the world of a seed.
fn spares(seed: u64, script: Script) -> usize {
    let mut dice = Dice::new(seed, "spares");
    let reforms = matches!(script, Script::Storm) && dice.chance(REFORMING);
    let count = if reforms {
        dice.between(1, SPARES_MAX)
    } else {
        0
    };
    usize::try_from(count).expect("a few")
}

impl Slot {
    /// A place for an honest node, switched on at once.
    fn new(genesis: &Rc<Genesis>, key: SigningKey, has_signer: bool) -> Self {
        Self {
            machine: Machine::new(genesis.anchor.chain_id(), key.public_key()),
            setup: Setup {
                genesis: Rc::clone(genesis),
                key,
                has_signer,
            },
            process: None,
            run: 0,
            started: 0,
            offset_ms: 0,
            paused_until: 0,
            sleeps_until: 0,
            is_honest: true,
            lie: None,
            promises: BTreeMap::new(),
            must_wait: None,
            logs_lost: 0,
            wakes_at: None,
            asks_at: 0,
        }
    }
}

impl World {
    /// The world of a seed.
    pub(crate) fn new(seed: u64, script: Script, variant: Variant, explains: bool) -> Self {
        let mut faults = Dice::new(seed, "faults");
        let consortium = Consortium::new(seed);
        let spares = spares(seed, script);
        let parameters = if spares > 0 {
            without_notice()
        } else {
            Parameters::default()
        };
        let genesis = Rc::new(genesis_with(&consortium, parameters));
        let chain = genesis.anchor.chain_id();
        let count = consortium.validator_keys.len();
        // Two in five worlds have a validator that is not honest: a liar, or two with one key.
        let is_storm = matches!(script, Script::Storm);
        let dishonest = (is_storm && faults.chance(400)).then(|| faults.index(count));
        let is_twin = faults.chance(500);
        let log_loser = faults.index(count);
        // Now and then one joins when the first blocks are older than any clock allows a proposal to be.
        let may_sleep = is_storm && dishonest.is_none();
        let sleeper = (may_sleep && faults.chance(150)).then(|| faults.index(count));
        let log_loser = may_sleep.then_some(log_loser);
        let keys = consortium.validator_keys.iter().enumerate();
        let twin = dishonest.filter(|_| is_twin).into_iter();
        let mut slots: Vec<Slot> = keys
            .chain(twin.map(|index| (index, &consortium.validator_keys[index])))
            .map(|(index, key)| {
                let is_honest = dishonest != Some(index);
                let lie = Lie::ALL[faults.index(Lie::ALL.len())];
                Slot {
                    sleeps_until: if sleeper == Some(index) { SLEEP } else { 0 },
                    is_honest,
                    lie: (!is_honest && !is_twin).then_some(lie),
                    ..Slot::new(&genesis, key.clone(), variant.has_signers)
                }
            })
            .collect();
        let newcomers = (1..=spares).map(|number| Newcomer::number(number).vote_key());
        slots.extend(newcomers.map(|key| Slot::new(&genesis, key, variant.has_signers)));
        let council = (spares > 0).then(|| Council::new(seed, &consortium, chain, spares));
        let mut world = Self {
            seed,
            now: 0,
            queue: Queue::default(),
            slots,
            network: Network::new(seed),
            workload: Workload::new(seed, &consortium, chain, council),
            faults,
            trace: Sha3_256::new(),
            signed: Vec::new(),
            witnesses: super::Witnesses::default(),
            proposed: BTreeMap::new(),
            violations: Vec::new(),
            counts: Counts::default(),
            phase: Phase::Storm,
            // Who joins late may find an old proposal too old, as one whose clock is wrong does.
            has_clock_faults: sleeper.is_some(),
            log_loser,
            explains,
            script,
            steps: Vec::new(),
            healed_at: (0, 0, 0),
            consortium,
            genesis,
        };
        world.prepare();
        world
    }

    fn prepare(&mut self) {
        for node in 0..self.slots.len() {
            let machine = &self.slots[node].machine;
            if is_planted(Bug::AcknowledgeBeforeFsync) {
                machine.disk.be_careless();
            }
            machine.guard.lock().is_forgetful = is_planted(Bug::ForgetfulGuard);
            self.queue.plan(0, Event::Start { node });
        }
        self.queue.plan(50 * MS, Event::Act);
        if let Script::Cut(cut) = self.script {
            let is_twice = cut.is_some_and(|cut| cut.again.is_some());
            let time = if is_twice { CUTS_TIME } else { CUT_TIME };
            return self.queue.plan(time, Event::Heal);
        }
        let sleep = self.slots.iter().map(|slot| slot.sleeps_until).max();
        let storm = self.faults.between(STORM.0, STORM.1) + sleep.unwrap_or(0);
        self.queue.plan(1_500 * MS, Event::Fault);
        self.queue.plan(storm, Event::Heal);
    }
}
