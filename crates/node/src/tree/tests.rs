use std::collections::{BTreeMap, HashMap};

use jmt::proof::SparseMerkleProof;
use jmt::{RootHash, ValueHash};
use proptest::prelude::*;
use theriac_ledger::encoding::{decode, encode};
use theriac_proof::state::{EMPTY, StateProof};

use super::*;

#[derive(Default)]
struct Memory(HashMap<NodeName, Node>);

impl Nodes for Memory {
    fn node(&self, name: &NodeName) -> Result<Option<Node>, TreeError> {
        Ok(self.0.get(name).cloned())
    }
}

impl Memory {
    fn apply(&mut self, version: Height, values: &BTreeMap<StateKey, Vec<u8>>) -> Digest {
        let update = update(self, version, values).unwrap();
        self.0.extend(update.nodes);
        update.root
    }
}

/// Keys that share long prefixes, so that paths of all shapes come up.
fn keys() -> impl Strategy<Value = StateKey> {
    (any::<u64>(), 0u8..6, any::<bool>()).prop_map(|(seed, shared, sparse)| {
        let mut bytes = theriac_crypto::digest("test", &seed.to_le_bytes()).0;
        bytes[..usize::from(shared)].fill(0);
        if sparse {
            bytes[usize::from(shared)] &= 0x11;
        }
        StateKey(Digest(bytes))
    })
}

fn sets() -> impl Strategy<Value = Vec<BTreeMap<StateKey, Vec<u8>>>> {
    let value = prop::collection::vec(any::<u8>(), 0..50);
    prop::collection::vec(prop::collection::btree_map(keys(), value, 0..30), 1..6)
}

/// jmt's own proof for a key, without siblings of its own type: verified by jmt itself.
fn jmt_accepts(
    memory: &Memory,
    version: Height,
    root: &Digest,
    key: &StateKey,
    value: Option<&[u8]>,
) -> bool {
    struct WithValue<'m>(&'m Memory, Option<Vec<u8>>);
    impl TreeReader for WithValue<'_> {
        fn get_node_option(&self, key: &NodeKey) -> anyhow::Result<Option<Node>> {
            Ok(self.0.node(&NodeName::of(key))?)
        }
        fn get_value_option(&self, _: Version, _: KeyHash) -> anyhow::Result<Option<OwnedValue>> {
            Ok(self.1.clone())
        }
        fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
            Ok(None)
        }
    }
    let reader = WithValue(memory, value.map(<[u8]>::to_vec));
    let tree = JellyfishMerkleTree::<_, TreeHasher>::new(&reader);
    let (found, proof): (_, SparseMerkleProof<TreeHasher>) =
        tree.get_with_proof(KeyHash(key.0.0), version).unwrap();
    found.as_deref() == value
        && proof
            .verify(RootHash(root.0), KeyHash(key.0.0), value)
            .is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn our_proofs_agree_with_jmt_for_present_and_absent_keys(
        versions in sets(),
        probes in prop::collection::vec(keys(), 1..20),
    ) {
        let mut memory = Memory::default();
        let mut state = BTreeMap::new();
        for (version, writes) in (0..).zip(&versions) {
            let root = memory.apply(version, writes);
            state.extend(writes.clone());
            for key in state.keys().chain(&probes) {
                let proof = prove(&memory, version, key).unwrap();
                let value = state.get(key).map(Vec::as_slice);
                prop_assert!(jmt_accepts(&memory, version, &root, key, value));
                prop_assert_eq!(&decode::<StateProof>(&encode(&proof), 10_000).unwrap(), &proof);
                if let Some(value) = value {
                        prop_assert_eq!(proof.verify_present(&root, key, value), Ok(()));
                        prop_assert!(proof.verify_absent(&root, key).is_err());
                        prop_assert!(proof.verify_present(&root, key, b"another value").is_err());
                } else {
                        prop_assert_eq!(proof.verify_absent(&root, key), Ok(()));
                        prop_assert!(proof.verify_present(&root, key, b"").is_err());
                }
            }
        }
    }

    #[test]
    fn the_root_is_a_function_of_the_content_not_of_the_order_of_writing(versions in sets()) {
        let mut memory = Memory::default();
        let mut state = BTreeMap::new();
        let mut root = EMPTY;
        for (version, writes) in (0..).zip(&versions) {
            root = memory.apply(version, writes);
            state.extend(writes.clone());
        }
        prop_assert_eq!(root_of(&state).unwrap(), root);
    }
}

#[test]
fn an_empty_version_keeps_the_root() {
    let mut memory = Memory::default();
    assert_eq!(memory.apply(0, &BTreeMap::new()), EMPTY);
    assert_eq!(memory.apply(1, &BTreeMap::new()), EMPTY);
    let key = StateKey(theriac_crypto::digest("test", b"a"));
    let writes = BTreeMap::from([(key, b"value".to_vec())]);
    let root = memory.apply(2, &writes);
    assert_ne!(root, EMPTY);
    assert_eq!(memory.apply(3, &BTreeMap::new()), root);
    let proof = prove(&memory, 3, &key).unwrap();
    assert_eq!(proof.verify_present(&root, &key, b"value"), Ok(()));
}

#[test]
fn every_flipped_bit_of_a_proof_is_refused() {
    let mut memory = Memory::default();
    let values: BTreeMap<_, _> = (0u32..200)
        .map(|index| {
            let key = theriac_crypto::digest("test", &index.to_le_bytes());
            (StateKey(key), index.to_le_bytes().to_vec())
        })
        .collect();
    let root = memory.apply(0, &values);
    let absent = StateKey(theriac_crypto::digest("test", b"absent"));
    for (key, value) in values
        .iter()
        .take(5)
        .map(|(k, v)| (k, Some(v)))
        .chain([(&absent, None)])
    {
        let bytes = encode(&prove(&memory, 0, key).unwrap());
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            let Ok(proof) = decode::<StateProof>(&altered, 10_000) else {
                continue;
            };
            let accepted = match value {
                Some(value) => proof.verify_present(&root, key, value),
                None => proof.verify_absent(&root, key),
            };
            assert!(accepted.is_err(), "bit {bit}");
        }
    }
}

#[test]
fn the_tree_hashes_values_as_the_verifier_does() {
    let value = b"value";
    assert_eq!(
        ValueHash::with::<TreeHasher>(value).0,
        theriac_proof::state::value_hash(value).0
    );
}
