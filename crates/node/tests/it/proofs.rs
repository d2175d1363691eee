//! Proofs that the node gives out.

use theriac_ledger::encoding::{decode, encode};
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::{gtin, run_id};
use theriac_proof::state::{StateProof, StateProofError};

use crate::fixture::{Node, World, medicine};

fn told() -> (World, Node) {
    let mut world = World::new();
    let node = Node::new(&world);
    for signed in world.story() {
        node.advance(&world, signed);
    }
    (world, node)
}

#[test]
fn records_are_proved_under_the_certified_header() {
    let (world, node) = told();
    let run = run_id(medicine(), "LOT1", 0);
    let keys = [
        StateKey::product(&medicine()),
        StateKey::lot(&medicine(), &run.lot),
        StateKey::run(&run),
        StateKey::chunk(&run, 0),
        StateKey::parameters(),
    ];
    for key in keys {
        let proved = node.store.prove(&key).unwrap();
        let (header, certificate) = proved.header.unwrap();
        assert_eq!(header.height, 5);
        assert_eq!(certificate.block, header.digest());
        certificate
            .verify(&world.chain_id(), &world.consortium.validators)
            .unwrap();
        let value = proved.record.unwrap().tree_value();
        let proof = &proved.proof;
        assert_eq!(
            proof.verify_present(&header.state_root, &key, &value),
            Ok(())
        );
        assert_eq!(
            proof.verify_absent(&header.state_root, &key),
            Err(StateProofError::Present)
        );
    }
}

#[test]
fn what_is_not_recorded_is_proved_absent() {
    let (_, node) = told();
    let root = node.chain.parent().state_root;
    let untouched = StateKey::chunk(&run_id(medicine(), "LOT1", 0), 2);
    for key in [StateKey::product(&gtin("9506000", 2)), untouched] {
        let proved = node.store.prove(&key).unwrap();
        assert_eq!(proved.record, None);
        assert_eq!(proved.proof.verify_absent(&root, &key), Ok(()));
        assert!(proved.proof.verify_present(&root, &key, b"").is_err());
    }
}

#[test]
fn a_proof_with_any_bit_flipped_is_refused() {
    let (_, node) = told();
    let key = StateKey::product(&medicine());
    let proved = node.store.prove(&key).unwrap();
    let root = proved.parent.state_root;
    let value = proved.record.unwrap().tree_value();
    let bytes = encode(&proved.proof);
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        if let Ok(proof) = decode::<StateProof>(&altered, 10_000) {
            assert!(
                proof.verify_present(&root, &key, &value).is_err(),
                "bit {bit}"
            );
        }
    }
    for bit in 0..value.len() * 8 {
        let mut altered = value.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert!(proved.proof.verify_present(&root, &key, &altered).is_err());
    }
}

#[test]
fn genesis_is_proved_under_the_anchor() {
    let world = World::new();
    let node = Node::new(&world);
    let key = StateKey::validators();
    let proved = node.store.prove(&key).unwrap();
    assert_eq!(proved.header, None);
    let value = proved.record.unwrap().tree_value();
    let root = world.genesis.anchor.state_root;
    assert_eq!(proved.proof.verify_present(&root, &key, &value), Ok(()));
}
