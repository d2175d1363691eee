//! Committed nodes kept in memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jmt::storage::Node;

use super::NodeName;

/// Inner nodes kept, in two generations; about a kilobyte each.
const GENERATION: usize = 8_192;

/// The inner nodes read or written last. A name is written once and never changed, so nothing here
/// grows old; only committed nodes may be put in, because two blocks of one height name alike.
#[derive(Debug, Default)]
pub(crate) struct NodeCache(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<NodeName, Node>,
    old: HashMap<NodeName, Node>,
}

impl NodeCache {
    /// The node, if it is here.
    pub(crate) fn get(&self, name: &NodeName) -> Option<Node> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(node) = generations.young.get(name) {
            return Some(node.clone());
        }
        let node = generations.old.remove(name)?;
        generations.put(name.clone(), node.clone());
        Some(node)
    }

    /// Keeps a committed node; leaves are small, many and seldom read, so they are left out.
    pub(crate) fn put(&self, name: NodeName, node: Node) {
        if matches!(node, Node::Internal(_)) {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .put(name, node);
        }
    }
}

impl Generations {
    fn put(&mut self, name: NodeName, node: Node) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(name, node);
    }
}
