//! Merkle trees and the paths in them.

use serde_json::{Value, json};
use theriac_crypto::Digest;
use theriac_crypto::merkle::{InclusionProof, leaf, prove, root};

use super::hex;

fn leaves(count: u32) -> Vec<Digest> {
    (0..count)
        .map(|number| leaf(&number.to_le_bytes()))
        .collect()
}

fn bytes(proof: &InclusionProof) -> String {
    hex(&borsh::to_vec(proof).expect("writing to memory does not fail"))
}

/// Trees of every shape up to nine leaves, the path of each leaf, and paths that prove nothing.
pub(crate) fn merkle() -> Value {
    let trees: Vec<Value> = (0..=9).map(|count| tree(&leaves(count))).collect();
    json!({ "trees": trees, "refused": refused() })
}

fn tree(leaves: &[Digest]) -> Value {
    let root = root(leaves);
    let paths: Vec<String> = leaves
        .iter()
        .enumerate()
        .map(|(index, leaf)| {
            let proof = prove(leaves, index).expect("a leaf of the tree");
            assert!(proof.proves(leaf, &root));
            bytes(&proof)
        })
        .collect();
    json!({ "leaves": leaves, "root": root, "paths": paths })
}

fn refused() -> Vec<Value> {
    let leaves = leaves(7);
    let root = root(&leaves);
    let right = prove(&leaves, 6).expect("a leaf of the tree");
    let mut short = right.clone();
    short.path.pop();
    let mut long = right.clone();
    long.path.push(Digest::ZERO);
    let mut outside = right.clone();
    outside.index = 7;
    let mut elsewhere = right.clone();
    elsewhere.index = 5;
    let mut other = right.clone();
    other.path.swap(0, 1);
    let first = prove(&leaves, 0).expect("a leaf of the tree");
    [
        ("a sibling too few", short),
        ("a sibling too many", long),
        ("an index that is no leaf", outside),
        ("another place in the same tree", elsewhere),
        ("siblings in another order", other),
        ("the path of another leaf", first),
    ]
    .into_iter()
    .map(|(why, proof)| {
        assert!(!proof.proves(&leaves[6], &root), "{why}");
        json!({ "why": why, "root": root, "leaf": leaves[6], "bytes": bytes(&proof) })
    })
    .collect()
}
