//! Transactions, blocks, genesis, signatures, commands.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use theriac_client::wire::{
    BlockPage, FinalBlock, HeaderAnswer, MisbehaviourPage, PeerTransactions, RecordAnswer,
    TransactionAnswer, TransactionState,
};
use theriac_crypto::{Digest, PublicKey, Signature, digest};
use theriac_ledger::block::{Block, Header, transactions_root};
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::encoding::{BoundedBytes, BoundedList, encode};
use theriac_ledger::identifier::{BlockDigest, TransactionId};
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::model::Operation;
use theriac_ledger::testing::{Actor, Consortium};
use theriac_ledger::transaction::SignedTransaction;
use theriac_proof::{CommitCertificate, CommitSignature};

use super::{Seed, json, seed};
use crate::edges::edges;
use crate::scene::Scene;

/// Operations in a seed of the state machine.
const OPERATIONS: usize = 32;

pub(super) fn all() -> Vec<Seed> {
    let mut seeds = transactions();
    seeds.extend(blocks());
    seeds.extend(answers());
    seeds.extend(genesis());
    seeds.extend(signatures());
    seeds.extend(commands());
    seeds
}

fn transactions() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (actor, signed) in &Scene::shared().valid {
        let action = &signed.transaction.action;
        let name = action.decode().map_or("unknown", |body| body.kind().name());
        seeds.push(seed("transaction", name, signed.encode()));
        let actor = Actor::ALL.iter().position(|known| known == actor);
        let mut bytes = vec![u8::try_from(actor.unwrap_or(0)).unwrap_or(0)];
        bytes.extend(action.kind.to_le_bytes());
        bytes.extend_from_slice(&action.body);
        seeds.push(seed("action", name, bytes));
    }
    seeds
}

fn block() -> Block {
    let scene = Scene::shared();
    let valid = scene.valid.iter().map(|(_, signed)| signed.clone());
    let transactions: Vec<SignedTransaction> = valid.take(3).collect();
    let validators = scene.ledger.anchor.validators.digest();
    let header = Header {
        protocol: PROTOCOL,
        chain_id: scene.chain(),
        height: 1,
        time: scene.context().time,
        parent: BlockDigest(scene.chain().0),
        proposer: scene.key(Actor::Maker).public_key(),
        transactions_root: transactions_root(&transactions),
        transaction_count: 3,
        state_root: digest("hostile", b"root"),
        validators,
        next_validators: validators,
    };
    let transactions = BoundedList::new(transactions).expect("three transactions");
    Block {
        header,
        transactions,
    }
}

fn certificate(header: &Header) -> CommitCertificate {
    let members = Scene::shared().ledger.anchor.validators.members();
    let signatures = members.iter().map(|member| CommitSignature {
        validator: member.key,
        signature: Signature([3; 64]),
    });
    CommitCertificate {
        height: header.height,
        round: 0,
        block: header.digest(),
        signatures: BoundedList::new(signatures.collect()).expect("few validators"),
    }
}

fn blocks() -> Vec<Seed> {
    let block = block();
    let mut empty = block.clone();
    empty.transactions = BoundedList::empty();
    empty.header.transaction_count = 0;
    empty.header.transactions_root = transactions_root(&[]);
    vec![
        seed("block", "header", encode(&block.header)),
        seed("block", "empty", empty.encode()),
        seed("block", "three", block.encode()),
    ]
}

fn answers() -> Vec<Seed> {
    let block = block();
    let certificate = certificate(&block.header);
    let last = FinalBlock {
        block: block.clone(),
        certificate: certificate.clone(),
    };
    let bytes = BoundedBytes::new(last.encode()).expect("a small block");
    let page = BlockPage {
        head: 1,
        blocks: BoundedList::new(vec![bytes]).expect("one block"),
    };
    let valid = Scene::shared().valid.iter().take(2);
    let batch = valid.map(|(_, signed)| BoundedBytes::new(signed.encode()).expect("it is short"));
    let batch = PeerTransactions {
        transactions: BoundedList::new(batch.collect()).expect("two transactions"),
    };
    let head = HeaderAnswer::new(block.header, certificate);
    let record = RecordAnswer {
        state_key: StateKey::validators(),
        public: Some(theriac_client::wire::ByteString(vec![1, 2, 3])),
        private_digest: Some(Digest::ZERO),
        private: None,
        proof: theriac_client::wire::ByteString(vec![0; 8]),
        head: Some(head.clone()),
    };
    let id = TransactionId(digest("hostile", b"id"));
    let mut answer = TransactionAnswer::new(id, TransactionState::Pending);
    answer.note = Some("wait".to_owned());
    let none = MisbehaviourPage {
        misbehaviour: BoundedList::empty(),
        next: None,
    };
    vec![
        seed("wire", "final-block", last.encode()),
        seed("wire", "page", encode(&page)),
        seed("wire", "batch", batch.encode()),
        seed("wire", "header.json", json(&head)),
        seed("wire", "record.json", json(&record)),
        seed("wire", "transaction.json", json(&answer)),
        seed("wire", "misbehaviour.json", json(&none)),
    ]
}

fn genesis() -> Vec<Seed> {
    let consortium = Consortium::new(1);
    let anchor = consortium.anchor(Digest::ZERO);
    vec![
        seed("genesis", "anchor.json", json(&anchor)),
        seed("genesis", "anchor", encode(&anchor)),
        seed("genesis", "records.json", json(&consortium.records)),
        seed("genesis", "records", encode(&consortium.records)),
    ]
}

fn signatures() -> Vec<Seed> {
    let message = Digest([5; 32]);
    let of_edge = |(index, edge): (usize, &crate::edges::Edge)| {
        let mut bytes = edge.key.0.to_vec();
        bytes.extend_from_slice(&message.0);
        bytes.extend_from_slice(&edge.signature.0);
        seed("signature", format!("edge-{index:03}"), bytes)
    };
    let edges = edges(|_: &PublicKey| message);
    let every_fourth = edges.iter().enumerate().step_by(4).map(of_edge);
    // No bit flipped is a place past the end.
    let recipe = |key: u8, nonce: u8, orders: u8, zero: u8| {
        let mut bytes = vec![key, nonce, orders, 0xff, 0xff, zero];
        bytes.extend([7; 16]);
        bytes
    };
    let recipes = [
        (0, 0, 0, 0),
        (0, 3, 0, 0),
        (5, 0, 0, 0),
        (4, 4, 0, 0),
        (1, 7, 0, 0),
        (0, 0, 1, 0),
        (0, 0, 0, 1),
        (0, 0, 0, 2),
        (2, 2, 0, 3),
    ];
    let recipes = recipes.into_iter().map(|(key, nonce, orders, zero)| {
        let name = format!("recipe-{key}-{nonce}-{orders}-{zero}");
        seed("signature", name, recipe(key, nonce, orders, zero))
    });
    every_fourth.chain(recipes).collect()
}

fn commands() -> Vec<Seed> {
    (0..6)
        .map(|number| {
            let mut bytes = vec![0; OPERATIONS * Operation::BYTES];
            ChaCha20Rng::seed_from_u64(number).fill_bytes(&mut bytes);
            seed("state_machine", format!("random-{number}"), bytes)
        })
        .collect()
}
