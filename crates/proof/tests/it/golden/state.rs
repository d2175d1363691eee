//! Roots and proofs of state: over small trees, and over the records of the ledger's own vectors.

use serde_json::{Value, json};
use theriac_crypto::{Digest, digest};
use theriac_ledger::encoding::{decode, encode};
use theriac_ledger::state_key::StateKey;
use theriac_proof::state::{PathEnd, StateProof, inner_hash, leaf_hash, value_hash};

use super::tree::{self, Leaves};
use super::{hex, unhex};

const GENESIS: &str = include_str!("../../../../ledger/tests/vectors/genesis.json");
const EXECUTION: &str = include_str!("../../../../ledger/tests/vectors/execution.json");

/// The file `state.json`.
pub(crate) fn state() -> Value {
    let (key, value) = (named("key"), b"value");
    let hashed = value_hash(value);
    let leaf = leaf_hash(&key, &hashed);
    json!({
        "hashes": {
            "key": key,
            "value": hex(value),
            "value_hash": hashed,
            "leaf": leaf,
            "inner_of_leaf_and_leaf": inner_hash(&leaf, &leaf),
        },
        "trees": trees(),
        "story": story(),
        "malformed": malformed(),
        "refused": refused(),
    })
}

fn named(name: &str) -> StateKey {
    StateKey(digest("golden", name.as_bytes()))
}

/// A key of zeros but for its first and last byte.
fn edge(first: u8, last: u8) -> StateKey {
    let mut bytes = [0; 32];
    bytes[0] = first;
    bytes[31] = last;
    StateKey(Digest(bytes))
}

fn leaves(keys: impl IntoIterator<Item = StateKey>) -> Leaves {
    (0u8..)
        .zip(keys)
        .map(|(number, key)| (key, vec![number; usize::from(number)]))
        .collect()
}

/// Small trees that show every shape: nothing, one leaf, the longest path, a whole level.
fn trees() -> Vec<Value> {
    let quarters = [0x00, 0x40, 0x80, 0xc0].map(|first| edge(first, 0));
    let scattered = (0..20).map(|number| named(&format!("scattered {number}")));
    [
        ("no leaf", leaves([]), vec![edge(0, 0), edge(0xff, 0xff)]),
        (
            "one leaf",
            leaves([edge(0x80, 0)]),
            vec![edge(0x80, 0), edge(0, 0)],
        ),
        (
            "two keys that differ in the last bit",
            leaves([edge(0, 0), edge(0, 1)]),
            vec![
                edge(0, 0),
                edge(0, 1),
                edge(0, 2),
                edge(0x80, 0),
                edge(1, 0),
            ],
        ),
        (
            "one leaf in each quarter",
            leaves(quarters),
            vec![edge(0, 0), edge(0xc0, 0), edge(0xff, 0xff)],
        ),
        (
            "three quarters",
            leaves(quarters[..3].iter().copied()),
            vec![edge(0x80, 0), edge(0xc0, 0)],
        ),
        (
            "twenty keys of no order",
            leaves(scattered),
            (0..20)
                .step_by(7)
                .map(|number| named(&format!("scattered {number}")))
                .chain((0..6).map(|number| named(&format!("absent {number}"))))
                .collect(),
        ),
    ]
    .into_iter()
    .map(|(name, leaves, keys)| {
        let pairs: Vec<Value> = leaves
            .iter()
            .map(|(key, value)| json!({ "key": key, "value": hex(value) }))
            .collect();
        let root = tree::root(&leaves);
        let proofs: Vec<Value> = keys.iter().map(|key| proof(&leaves, &root, key)).collect();
        json!({ "tree": name, "leaves": pairs, "root": root, "proofs": proofs })
    })
    .collect()
}

/// What is proved of `key`, with the proof in its parts and in its bytes.
fn proof(leaves: &Leaves, root: &Digest, key: &StateKey) -> Value {
    let value = leaves.get(key);
    let proof = tree::prove(leaves, key);
    match value {
        Some(value) => proof.verify_present(root, key, value),
        None => proof.verify_absent(root, key),
    }
    .expect("a proof of what is so");
    let bytes = encode(&proof);
    assert_eq!(
        decode::<StateProof>(&bytes, bytes.len()).as_ref(),
        Ok(&proof)
    );
    let (end, other) = match proof.end() {
        PathEnd::Leaf => ("leaf", None),
        PathEnd::Empty => ("empty", None),
        PathEnd::Other { key, value_hash } => (
            "other",
            Some(json!({ "key": key, "value_hash": value_hash })),
        ),
    };
    json!({
        "key": key,
        "value": value.map(|value| hex(value)),
        "end": end,
        "other": other,
        "bytes": hex(&bytes),
    })
}

/// The state after each block of the ledger's story, whose roots its vectors carry.
fn story() -> Vec<Value> {
    let genesis: Value = serde_json::from_str(GENESIS).expect("the ledger's vectors are JSON");
    let story: Value = serde_json::from_str(EXECUTION).expect("the ledger's vectors are JSON");
    let mut leaves = Leaves::new();
    write(&mut leaves, &genesis["state"]);
    let mut heights = vec![at_height(
        &json!(0),
        &genesis["anchor"]["state_root"],
        &leaves,
    )];
    for block in story["blocks"].as_array().expect("blocks") {
        write(&mut leaves, &block["writes"]);
        heights.push(at_height(&block["height"], &block["state_root"], &leaves));
    }
    heights
}

fn write(leaves: &mut Leaves, records: &Value) {
    for written in records.as_array().expect("a list of records") {
        leaves.insert(
            state_key(&written["key"]),
            unhex(written["record"]["tree_value"].as_str().expect("a value")),
        );
    }
}

fn state_key(text: &Value) -> StateKey {
    StateKey(
        text.as_str()
            .and_then(|text| text.parse().ok())
            .expect("a key"),
    )
}

/// One record in four is proved present, and strangers absent until both ends of absence were met.
fn at_height(height: &Value, root: &Value, leaves: &Leaves) -> Value {
    let computed = tree::root(leaves);
    assert_eq!(json!(computed), *root, "the root after height {height}");
    let mut keys: Vec<StateKey> = leaves.keys().step_by(4).copied().collect();
    let strangers: Vec<StateKey> = (0..64)
        .map(|number| named(&format!("stranger {number}")))
        .collect();
    for ends_empty in [true, false] {
        let found = strangers
            .iter()
            .find(|key| matches!(tree::prove(leaves, key).end(), PathEnd::Empty) == ends_empty);
        keys.push(*found.expect("one of 64 strangers meets this end"));
    }
    let proofs: Vec<Value> = keys
        .iter()
        .map(|key| proof(leaves, &computed, key))
        .collect();
    json!({ "height": height, "root": computed, "records": leaves.len(), "proofs": proofs })
}

/// Bytes that are no proof, each for one reason.
fn malformed() -> Vec<Value> {
    let sibling = [7; 32];
    let path = |depth: u16, bitmap: &[u8], siblings: &[&[u8; 32]]| {
        let mut bytes = vec![1];
        bytes.extend_from_slice(&depth.to_le_bytes());
        bytes.extend_from_slice(bitmap);
        bytes.extend(siblings.iter().copied().flatten());
        bytes
    };
    let mut trailing = path(1, &[1], &[&sibling]);
    trailing.push(0);
    [
        ("an end of no kind", vec![3, 0, 0]),
        (
            "a spare bit of the bitmap",
            path(1, &[0b11], &[&sibling, &sibling]),
        ),
        (
            "a listed sibling that is empty",
            path(1, &[1], &[b"SPARSE_MERKLE_PLACEHOLDER_HASH__"]),
        ),
        ("more steps than bits", path(257, &[0; 33], &[])),
        ("a sibling too few", path(2, &[0b11], &[&sibling])),
        ("a byte left over", trailing),
        ("nothing", Vec::new()),
    ]
    .into_iter()
    .map(|(why, bytes)| {
        assert!(decode::<StateProof>(&bytes, 10_000).is_err(), "{why}");
        json!({ "why": why, "bytes": hex(&bytes) })
    })
    .collect()
}

/// Well-formed proofs that do not prove what is claimed.
fn refused() -> Vec<Value> {
    let leaves = leaves([edge(0, 0), edge(0x40, 0), edge(0x60, 0)]);
    let (root, first) = (tree::root(&leaves), edge(0, 0));
    let present = tree::prove(&leaves, &first);
    let absent = tree::prove(&leaves, &edge(0x10, 0));
    let empty = tree::prove(&leaves, &edge(0x80, 0));
    let leaf = |key: &StateKey| leaf_hash(key, &value_hash(&leaves[key]));
    let right = inner_hash(&leaf(&edge(0x40, 0)), &leaf(&edge(0x60, 0)));
    let itself = PathEnd::Other {
        key: first,
        value_hash: value_hash(&leaves[&first]),
    };
    let siblings = [tree::root(&Leaves::new()), right];
    let itself = StateProof::new(itself, &siblings).expect("two steps");
    let cases: [(&str, &StateProof, StateKey, Option<&[u8]>); 6] = [
        ("another value", &present, first, Some(b"another")),
        ("another key", &present, edge(0x40, 0), Some(b"")),
        ("present, by a proof of absence", &absent, first, Some(b"")),
        ("absent, by a proof of presence", &present, first, None),
        ("absent, by its own leaf as another", &itself, first, None),
        (
            "absent, by a leaf off its path",
            &absent,
            edge(0x48, 0),
            None,
        ),
    ];
    let mut refused: Vec<Value> = cases
        .into_iter()
        .map(|(why, proof, key, value)| refusal(why, &root, proof, key, value))
        .collect();
    let elsewhere = digest("golden", b"another root");
    refused.push(refusal(
        "another root",
        &elsewhere,
        &empty,
        edge(0x80, 0),
        None,
    ));
    refused
}

fn refusal(
    why: &str,
    root: &Digest,
    proof: &StateProof,
    key: StateKey,
    value: Option<&[u8]>,
) -> Value {
    let outcome = match value {
        Some(value) => proof.verify_present(root, &key, value),
        None => proof.verify_absent(root, &key),
    };
    assert!(outcome.is_err(), "{why}");
    json!({
        "why": why,
        "root": root,
        "key": key,
        "value": value.map(hex),
        "bytes": hex(&encode(proof)),
    })
}
