//! Executed blocks over the committed state, before one of them is decided.

use std::sync::Arc;

use theriac_ledger::block::Block;
use theriac_ledger::execute::Changeset;
use theriac_ledger::identifier::BlockDigest;

use crate::tree::TreeUpdate;

/// Executed blocks kept for the next height: one for each round that failed lately. What is dropped
/// is computed again from the stored body.
const PREPARED_MAX: usize = 4;

/// A block and what it changes.
#[derive(Debug)]
pub(super) struct PreparedBlock {
    pub(super) block: Arc<Block>,
    pub(super) changes: Changeset,
    pub(super) tree: TreeUpdate,
}

/// The newest executed blocks, all of the height after the committed one.
#[derive(Debug, Default)]
pub(super) struct Prepared(Vec<(BlockDigest, Arc<PreparedBlock>)>);

impl Prepared {
    pub(super) fn get(&self, digest: &BlockDigest) -> Option<Arc<PreparedBlock>> {
        self.0
            .iter()
            .find(|(known, _)| known == digest)
            .map(|(_, ready)| Arc::clone(ready))
    }

    /// The oldest of them.
    pub(super) fn first(&self) -> Option<Arc<PreparedBlock>> {
        self.0.first().map(|(_, ready)| Arc::clone(ready))
    }

    /// The blocks.
    pub(super) fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.0.iter().map(|(_, ready)| &*ready.block)
    }

    pub(super) fn put(&mut self, digest: BlockDigest, ready: PreparedBlock) {
        if self.0.len() >= PREPARED_MAX {
            self.0.remove(0);
        }
        self.0.push((digest, Arc::new(ready)));
    }

    /// Forgets all: another state is committed.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
