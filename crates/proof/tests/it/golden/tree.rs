//! The state tree from its leaves alone, and the path of a key in it: section 6 of
//! docs/ledger-format.md, recursive and slow, so that `jmt` has something to agree with.

use std::collections::BTreeMap;

use theriac_crypto::Digest;
use theriac_ledger::state_key::StateKey;
use theriac_proof::state::{EMPTY, PathEnd, StateProof, inner_hash, leaf_hash, value_hash};

/// Values by key.
pub(crate) type Leaves = BTreeMap<StateKey, Vec<u8>>;

type Leaf = (StateKey, Digest);

/// The root over these values.
pub(crate) fn root(leaves: &Leaves) -> Digest {
    subtree(&hashed(leaves), 0)
}

/// The path that a key takes from the root down, whether it has a value or not.
pub(crate) fn prove(leaves: &Leaves, key: &StateKey) -> StateProof {
    let hashed = hashed(leaves);
    let mut below = hashed.as_slice();
    let mut siblings = Vec::new();
    while below.len() > 1 {
        let depth = siblings.len();
        let (left, right) = halves(below, depth);
        let (own, other) = if turns_right(key, depth) {
            (right, left)
        } else {
            (left, right)
        };
        siblings.push(subtree(other, depth + 1));
        below = own;
    }
    let end = match below.first() {
        None => PathEnd::Empty,
        Some((found, _)) if found == key => PathEnd::Leaf,
        Some((other, value_hash)) => PathEnd::Other {
            key: *other,
            value_hash: *value_hash,
        },
    };
    StateProof::new(end, &siblings).expect("a path is no longer than a key")
}

fn hashed(leaves: &Leaves) -> Vec<Leaf> {
    leaves
        .iter()
        .map(|(key, value)| (*key, value_hash(value)))
        .collect()
}

fn subtree(leaves: &[Leaf], depth: usize) -> Digest {
    match leaves {
        [] => EMPTY,
        [(key, value_hash)] => leaf_hash(key, value_hash),
        _ => {
            let (left, right) = halves(leaves, depth);
            inner_hash(&subtree(left, depth + 1), &subtree(right, depth + 1))
        }
    }
}

/// Leaves are ascending by key, so those that turn right come last.
fn halves(leaves: &[Leaf], depth: usize) -> (&[Leaf], &[Leaf]) {
    leaves.split_at(leaves.partition_point(|(key, _)| !turns_right(key, depth)))
}

fn turns_right(key: &StateKey, depth: usize) -> bool {
    key.0.0[depth / 8] >> (7 - depth % 8) & 1 == 1
}
