//! Committed nodes kept in memory.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jmt::storage::Node;

use super::NodeName;
use crate::generations::Generations;

/// Inner nodes of a generation; about a kilobyte each.
const GENERATION: usize = 8_192;

/// The inner nodes read or written last. A name is written once and never changed, so nothing here
/// grows old; only committed nodes may be put in, because two blocks of one height name alike.
#[derive(Debug)]
pub(crate) struct NodeCache(Mutex<Generations<NodeName, Node>>);

impl Default for NodeCache {
    fn default() -> Self {
        Self(Mutex::new(Generations::new(GENERATION)))
    }
}

impl NodeCache {
    /// The node, if it is here.
    pub(crate) fn get(&self, name: &NodeName) -> Option<Node> {
        self.lock().get(name)
    }

    /// Keeps a committed node; leaves are small, many and seldom read, so they are left out.
    pub(crate) fn put(&self, name: NodeName, node: Node) {
        if matches!(node, Node::Internal(_)) {
            self.lock().put(name, node, 1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Generations<NodeName, Node>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
