use proptest::prelude::*;
use theriac_ledger::encoding::{decode, encode};

use super::*;

fn key(first: u8) -> StateKey {
    let mut bytes = [0; 32];
    bytes[0] = first;
    StateKey(Digest(bytes))
}

/// A tree with leaves at 0b00…, 0b01… and nothing on the right.
fn three() -> (Digest, StateProof, StateProof, StateProof) {
    let left = leaf_hash(&key(0), &value_hash(b"a"));
    let right = leaf_hash(&key(0b0100_0000), &value_hash(b"b"));
    let root = inner_hash(&inner_hash(&left, &right), &EMPTY);
    (
        root,
        StateProof::new(PathEnd::Leaf, &[EMPTY, right]).unwrap(),
        StateProof::new(
            PathEnd::Other {
                key: key(0),
                value_hash: value_hash(b"a"),
            },
            &[EMPTY, right],
        )
        .unwrap(),
        StateProof::new(PathEnd::Empty, &[inner_hash(&left, &right)]).unwrap(),
    )
}

#[test]
fn presence_and_both_kinds_of_absence_verify() {
    let (root, present, other, empty) = three();
    assert_eq!(present.verify_present(&root, &key(0), b"a"), Ok(()));
    assert_eq!(other.verify_absent(&root, &key(1)), Ok(()));
    assert_eq!(empty.verify_absent(&root, &key(0b1000_0000)), Ok(()));
}

#[test]
fn a_present_key_is_never_proved_absent() {
    let (root, present, other, _) = three();
    assert_eq!(
        present.verify_absent(&root, &key(0)),
        Err(StateProofError::Present)
    );
    assert_eq!(
        other.verify_absent(&root, &key(0)),
        Err(StateProofError::Present)
    );
    let off_path = StateProof::new(
        PathEnd::Other {
            key: key(0),
            value_hash: value_hash(b"a"),
        },
        &[EMPTY, leaf_hash(&key(0b0100_0000), &value_hash(b"b"))],
    )
    .unwrap();
    assert_eq!(
        off_path.verify_absent(&root, &key(0b0100_0000)),
        Err(StateProofError::OffPath)
    );
}

#[test]
fn another_value_or_key_or_root_is_refused() {
    let (root, present, _, empty) = three();
    assert_eq!(
        present.verify_present(&root, &key(0), b"b"),
        Err(StateProofError::Root)
    );
    assert_eq!(
        present.verify_present(&root, &key(0b0100_0000), b"a"),
        Err(StateProofError::Root)
    );
    assert_eq!(
        present.verify_present(&EMPTY, &key(0), b"a"),
        Err(StateProofError::Root)
    );
    assert_eq!(
        empty.verify_absent(&root, &key(0)),
        Err(StateProofError::Root)
    );
}

#[test]
fn the_layout_is_compact_and_fixed() {
    let (_, present, other, _) = three();
    let bytes = encode(&present);
    assert_eq!(bytes.len(), 1 + 2 + 1 + 32);
    assert_eq!(&bytes[..4], &[0, 2, 0, 0b10]);
    assert_eq!(decode::<StateProof>(&bytes, 10_000), Ok(present));
    assert_eq!(decode::<StateProof>(&encode(&other), 10_000), Ok(other));
}

#[test]
fn a_second_form_of_the_same_proof_is_refused() {
    let mut spare = vec![1, 1, 0, 0b10];
    spare.extend_from_slice(&[7; 32]);
    assert!(decode::<StateProof>(&spare, 10_000).is_err());
    let mut placeholder = vec![1, 1, 0, 1];
    placeholder.extend_from_slice(EMPTY.as_bytes());
    assert!(decode::<StateProof>(&placeholder, 10_000).is_err());
    assert!(decode::<StateProof>(&[3, 0, 0], 10_000).is_err());
    assert!(decode::<StateProof>(&[1, 1, 1], 10_000).is_err());
}

#[test]
fn an_empty_tree_proves_that_everything_is_absent() {
    let proof = StateProof::new(PathEnd::Empty, &[]).unwrap();
    assert_eq!(proof.verify_absent(&EMPTY, &key(9)), Ok(()));
}

proptest! {
    #[test]
    fn no_bytes_panic_and_what_decodes_is_canonical(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(proof) = StateProof::try_from_slice(&bytes) {
            prop_assert_eq!(encode(&proof), bytes);
            prop_assert!(proof.verify_present(&Digest::ZERO, &key(1), b"x").is_err());
            prop_assert!(proof.verify_absent(&Digest::ZERO, &key(1)).is_err());
        }
    }
}
