//! Proofs out of the tree, in the compact form of `theriac_proof`.

use jmt::storage::{LeafNode, Node};
use theriac_crypto::Digest;
use theriac_ledger::identifier::Height;
use theriac_ledger::state_key::StateKey;
use theriac_proof::state::{DEPTH_MAX, EMPTY, PathEnd, StateProof, inner_hash};

use super::{NodeName, Nodes, TreeError};

/// Half bytes of a key.
const STEPS_MAX: usize = DEPTH_MAX / 4;

/// The proof of a key's presence or absence in a version.
pub(crate) fn prove<N: Nodes>(
    nodes: &N,
    version: Height,
    key: &StateKey,
) -> Result<StateProof, TreeError> {
    let mut siblings = Vec::new();
    let mut name = NodeName::root(version);
    for step in 0..=STEPS_MAX {
        let node = nodes.node(&name)?.ok_or(TreeError::Gone { version })?;
        let children = match node {
            Node::Null => return finish(PathEnd::Empty, &siblings),
            Node::Leaf(leaf) => return finish(leaf_end(&leaf, key)?, &siblings),
            Node::Internal(inner) => Children::of(inner.children_sorted().map(|(half, child)| {
                let child = Child {
                    hash: Digest(child.hash),
                    version: child.version,
                    is_leaf: child.is_leaf(),
                };
                (u8::from(half), child)
            })),
        };
        let half =
            half_byte(key, step).ok_or(damaged("an inner node stands below the longest path"))?;
        match children.descend(half, &mut siblings) {
            Some((index, child)) => name = name.child(child.version, index),
            None => return finish(PathEnd::Empty, &siblings),
        }
    }
    Err(damaged("a path is longer than a key"))
}

fn finish(end: PathEnd, siblings: &[Digest]) -> Result<StateProof, TreeError> {
    Ok(StateProof::new(end, siblings)?)
}

fn leaf_end(leaf: &LeafNode, key: &StateKey) -> Result<PathEnd, TreeError> {
    let found = StateKey(Digest(leaf.key_hash().0));
    if found == *key {
        return Ok(PathEnd::Leaf);
    }
    Ok(PathEnd::Other {
        key: found,
        value_hash: value_hash(leaf)?,
    })
}

/// The value hash of a leaf, which `jmt` shows only in the leaf's own bytes (key ‖ value hash).
fn value_hash(leaf: &LeafNode) -> Result<Digest, TreeError> {
    let bytes = borsh::to_vec(leaf).map_err(|_| damaged("a leaf does not encode"))?;
    bytes
        .get(32..)
        .and_then(|tail| tail.try_into().ok())
        .map(Digest)
        .ok_or(damaged("a leaf has another layout"))
}

fn damaged(found: &'static str) -> TreeError {
    TreeError::Form { found }
}

fn half_byte(key: &StateKey, step: usize) -> Option<u8> {
    let byte = key.0.as_bytes().get(step / 2)?;
    Some(if step.is_multiple_of(2) {
        byte >> 4
    } else {
        byte & 15
    })
}

#[derive(Debug, Clone, Copy)]
struct Child {
    hash: Digest,
    version: Height,
    is_leaf: bool,
}

/// The sixteen places below an inner node: four levels of the binary tree.
struct Children([Option<Child>; 16]);

impl Children {
    fn of(present: impl Iterator<Item = (u8, Child)>) -> Self {
        let mut children = [None; 16];
        for (half, child) in present {
            if let Some(place) = children.get_mut(usize::from(half)) {
                *place = Some(child);
            }
        }
        Self(children)
    }

    /// Walks the four levels towards a half byte, adding the sibling of each level; ends early at an
    /// empty subtree (none) or at a leaf that is alone in its subtree.
    fn descend(&self, half: u8, siblings: &mut Vec<Digest>) -> Option<(u8, Child)> {
        let mut start = 0u8;
        for width in [8u8, 4, 2, 1] {
            let (near, far) = if half & width == 0 {
                (start, start + width)
            } else {
                (start + width, start)
            };
            siblings.push(self.hash(far, width));
            match self.only(near, width) {
                Only::Nothing => return None,
                Only::One(index, child) => return Some((index, child)),
                Only::Several => start = near,
            }
        }
        None
    }

    /// What stands in a subtree: nothing, one child that takes its place, or more.
    fn only(&self, start: u8, width: u8) -> Only {
        let mut found = None;
        for index in start..start + width {
            if let Some(child) = self.0[usize::from(index)] {
                if found.is_some() {
                    return Only::Several;
                }
                found = Some((index, child));
            }
        }
        match found {
            None => Only::Nothing,
            Some((index, child)) if child.is_leaf || width == 1 => Only::One(index, child),
            Some(_) => Only::Several,
        }
    }

    fn hash(&self, start: u8, width: u8) -> Digest {
        match self.only(start, width) {
            Only::Nothing => EMPTY,
            Only::One(_, child) => child.hash,
            Only::Several => inner_hash(
                &self.hash(start, width / 2),
                &self.hash(start + width / 2, width / 2),
            ),
        }
    }
}

enum Only {
    Nothing,
    One(u8, Child),
    Several,
}
