//! The vectors of what a validator signs and keeps beside its votes. Each file was computed from
//! docs/ledger-format.md without this code, and is changed by hand only.

use serde::Deserialize;
use theriac_consensus::guard::{SigningGuard, Step, Subject};
use theriac_consensus::peer::peer_id;
use theriac_consensus::signing::SignRequest;
use theriac_crypto::{Digest, PublicKey, Signature, SigningKey};
use theriac_ledger::identifier::{BlockDigest, ChainId, Height};

const SLOT_BYTES: usize = 4096;

fn unhex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}

#[test]
fn a_validator_proof_is_signed_as_in_the_vector() {
    #[derive(Deserialize)]
    struct Vector {
        chain_id: ChainId,
        signing_key_seed: Digest,
        validator: PublicKey,
        node_key: PublicKey,
        peer_id: String,
        digest: Digest,
        signature: Signature,
    }
    let vector: Vector =
        serde_json::from_str(include_str!("../vectors/validator_proof.json")).unwrap();
    let peer_id = peer_id(&vector.node_key).to_bytes();
    assert_eq!(peer_id, unhex(&vector.peer_id));
    let key = SigningKey::from_seed(&vector.signing_key_seed.0);
    assert_eq!(key.public_key(), vector.validator);
    let request = SignRequest::ValidatorProof { peer_id };
    let signed = request.digest(&vector.chain_id, &vector.validator);
    assert_eq!(signed, vector.digest);
    assert_eq!(key.sign(&signed), vector.signature);
}

#[derive(Deserialize)]
struct Guard {
    chain_id: ChainId,
    validator: PublicKey,
    slots: Vec<GuardSlot>,
}

#[derive(Deserialize)]
struct GuardSlot {
    counter: u64,
    height: Height,
    round: u32,
    step: String,
    block: Option<BlockDigest>,
    signed: Digest,
    offset: usize,
    bytes: String,
}

impl GuardSlot {
    fn subject(&self) -> Subject {
        let step = match self.step.as_str() {
            "proposal" => Step::Proposal,
            "prevote" => Step::Prevote,
            other => {
                assert_eq!(other, "precommit");
                Step::Precommit
            }
        };
        Subject {
            height: self.height,
            round: self.round,
            step,
            block: self.block,
            digest: self.signed,
        }
    }
}

#[test]
fn the_signing_guard_writes_its_slots_as_in_the_vectors() {
    let vectors: Guard = serde_json::from_str(include_str!("../vectors/guard.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("guard");
    let mut guard = SigningGuard::create(&path, vectors.chain_id, vectors.validator).unwrap();
    for slot in &vectors.slots {
        // Counter 0 is that of a guard that was just made.
        if slot.counter > 0 {
            guard.admit(&slot.subject()).unwrap();
        }
        let file = std::fs::read(&path).unwrap();
        assert_eq!(file.len(), 2 * SLOT_BYTES);
        let mut expected = unhex(&slot.bytes);
        expected.resize(SLOT_BYTES, 0);
        let found = &file[slot.offset..slot.offset + SLOT_BYTES];
        assert!(found == expected, "the slot of counter {}", slot.counter);
    }
    drop(guard);
    let reopened = SigningGuard::open(&path, vectors.chain_id, vectors.validator).unwrap();
    let last = vectors.slots.last().unwrap().subject();
    assert_eq!(reopened.last(), Some(last));
}
