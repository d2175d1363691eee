//! The root of the state tree, from the set of records alone.
//!
//! Written from section 6 of docs/ledger-format.md: no node is kept and nothing is updated, and
//! neither `jmt` nor `theriac-proof` has a part in it. What both must agree with is written here.

use std::collections::BTreeMap;

use sha3::{Digest as _, Sha3_256};
use theriac_crypto::Digest;
use theriac_ledger::record::StoredRecord;
use theriac_ledger::state_key::StateKey;

type Leaf = ([u8; 32], [u8; 32]);

/// The root over the tree values of these records.
pub(crate) fn root<'a>(
    records: impl IntoIterator<Item = (&'a StateKey, &'a StoredRecord)>,
) -> Digest {
    let leaves: BTreeMap<[u8; 32], [u8; 32]> = records
        .into_iter()
        .map(|(key, record)| (key.0.0, leaf(&key.0.0, &record.tree_value())))
        .collect();
    let leaves: Vec<Leaf> = leaves.into_iter().collect();
    Digest(subtree(&leaves, 0))
}

fn sha3(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha3_256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

fn leaf(key: &[u8; 32], value: &[u8]) -> [u8; 32] {
    sha3(&[b"JMT::LeafNode", key, &sha3(&[value])])
}

/// Leaves are ascending by key, so those that turn right come last.
fn subtree(leaves: &[Leaf], depth: usize) -> [u8; 32] {
    match leaves {
        [] => *b"SPARSE_MERKLE_PLACEHOLDER_HASH__",
        [(_, only)] => *only,
        _ => {
            let turn = |(key, _): &Leaf| (key[depth / 8] >> (7 - depth % 8)) & 1 == 1;
            let (left, right) = leaves.split_at(leaves.partition_point(|leaf| !turn(leaf)));
            let (left, right) = (subtree(left, depth + 1), subtree(right, depth + 1));
            sha3(&[b"JMT::IntrnalNode", &left, &right])
        }
    }
}
