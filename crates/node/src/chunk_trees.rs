//! Trees of chunks, kept by their roots: made anew, a tree is most of the work of dispensing a pack, and
//! of proving one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use theriac_crypto::Digest;
use theriac_ledger::record::ChunkTree;

use crate::generations::Generations;

/// The trees used last.
#[derive(Debug)]
pub(crate) struct ChunkTreeCache(Mutex<Generations<Digest, Arc<ChunkTree>>>);

impl ChunkTreeCache {
    /// Nothing yet; at most two generations of so many trees, four kilobytes each.
    pub(crate) fn new(generation: usize) -> Self {
        Self(Mutex::new(Generations::new(generation)))
    }

    /// The tree with a root, if it is kept.
    pub(crate) fn find(&self, root: &Digest) -> Option<Arc<ChunkTree>> {
        self.lock().get(root)
    }

    /// Keeps a tree.
    pub(crate) fn keep(&self, tree: Arc<ChunkTree>) {
        self.lock().put(tree.root(), tree, 1);
    }

    fn lock(&self) -> MutexGuard<'_, Generations<Digest, Arc<ChunkTree>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
