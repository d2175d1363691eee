//! What arrived at an honest node although no validator may sign both: the node must keep it.

use std::collections::{BTreeMap, BTreeSet};

use arc_malachitebft_app_channel::app::consensus::SignedConsensusMsg;
use theriac_consensus::guard::Step;
use theriac_consensus::publish::subject;
use theriac_crypto::{Digest, PublicKey};
use theriac_ledger::identifier::{ChainId, Height};

use super::World;
use crate::wire::Wire;

/// A run of a node.
type Run = (usize, u64);
/// What a validator signs once.
type Once = (Height, u32, Step, PublicKey);

/// What honest nodes received, of heights and rounds that they were deciding: the engine forgets votes of
/// rounds that are over.
#[derive(Debug, Default)]
pub(crate) struct Witnesses {
    /// The first of each.
    first: BTreeMap<(Run, Once), Digest>,
    /// Validators of which two were seen.
    seen: BTreeSet<(Run, Height, PublicKey)>,
    /// The nodes that must name a validator.
    pub(crate) due: BTreeSet<(usize, PublicKey)>,
}

impl Witnesses {
    fn received(&mut self, run: Run, once: Once, digest: Digest) {
        let (height, _, _, validator) = once;
        let first = *self.first.entry((run, once)).or_insert(digest);
        if first != digest {
            self.seen.insert((run, height, validator));
        }
    }

    /// A run of a node has decided a height, and so recorded what it saw at those before.
    pub(super) fn decided(&mut self, run: Run, height: Height) {
        let past = self
            .seen
            .iter()
            .filter(|(known, seen, _)| *known == run && *seen < height);
        self.due
            .extend(past.map(|((node, _), _, validator)| (*node, *validator)));
    }
}

impl World {
    /// A vote comes to a node.
    pub(super) fn witness(&mut self, node: usize, wire: &Wire) {
        let Wire::Consensus(message @ SignedConsensusMsg::Vote(vote)) = wire else {
            return;
        };
        let slot = &self.slots[node];
        let Some(process) = slot.process.as_ref().filter(|_| slot.is_honest) else {
            return;
        };
        let height = vote.height.0;
        let next = process.chain().parent().height.checked_add(1);
        let is_deciding = process.height() == height
            && next == Some(height)
            && process.round().is_some_and(|round| vote.round >= round);
        if !is_deciding {
            return;
        }
        let chain: ChainId = process.chain().anchor().chain_id();
        let subject = subject(&chain, message);
        let once = (height, subject.round, subject.step, vote.validator.0);
        self.witnesses
            .received((node, slot.run), once, subject.digest);
    }
}
