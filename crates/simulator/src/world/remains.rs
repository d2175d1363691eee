//! The last moment of a world.

use std::collections::BTreeSet;
use std::rc::Rc;

use sha3::Digest as _;
use theriac_crypto::PublicKey;
use theriac_ledger::testing::Consortium;
use theriac_node::genesis::Genesis;
use theriac_testkit::load::Acknowledged;
use theriac_testkit::oracle::SignedStep;

use super::World;
use crate::machine::Medium;
use crate::network::MS;
use crate::process::Process;
use crate::verdict::Counts;

/// What is left of a world when time is over.
pub(crate) struct Remains {
    pub(crate) seed: u64,
    pub(crate) trace: String,
    pub(crate) counts: Counts,
    pub(crate) violations: Vec<String>,
    /// Durable steps of one node before all was mended.
    pub(crate) steps: Vec<Medium>,
    /// Keys of those that are not honest.
    pub(crate) dishonest: Vec<PublicKey>,
    /// The honest nodes that run, by number.
    pub(crate) nodes: Vec<(usize, Process)>,
    pub(crate) acknowledged: Vec<Acknowledged>,
    pub(crate) signed: Vec<SignedStep>,
    /// Validators that a node saw sign two things.
    pub(crate) witnessed: BTreeSet<(usize, PublicKey)>,
    pub(crate) consortium: Consortium,
    pub(crate) genesis: Rc<Genesis>,
}

impl World {
    pub(crate) fn into_remains(mut self) -> Remains {
        let liars = self.slots.iter().filter(|slot| !slot.is_honest);
        let dishonest = liars.map(|slot| slot.setup.key.public_key()).collect();
        let slots = std::mem::take(&mut self.slots).into_iter().enumerate();
        let nodes: Vec<(usize, Process)> = slots
            .filter(|(_, slot)| slot.is_honest)
            .filter_map(|(node, slot)| Some((node, slot.process?)))
            .collect();
        for (_, process) in &nodes {
            self.trace
                .update(process.chain().parent().digest.0.as_bytes());
        }
        Remains {
            seed: self.seed,
            trace: theriac_crypto::Digest(self.trace.finalize().into()).to_string(),
            counts: Counts {
                simulated_ms: self.now / MS,
                set_changes: self.workload.set_changes(),
                ..self.counts
            },
            violations: self.violations,
            steps: self.steps,
            dishonest,
            nodes,
            acknowledged: self.workload.acknowledged,
            signed: self.signed,
            witnessed: self.witnesses.due,
            consortium: self.consortium,
            genesis: self.genesis,
        }
    }
}
