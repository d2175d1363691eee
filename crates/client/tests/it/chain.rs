//! A small chain with real signatures; nothing executes it.

use theriac_client::wire::FinalBlock;
use theriac_crypto::{Digest, SigningKey, digest};
use theriac_ledger::action::{ActionBody, AnchorDigest, AnchorKind};
use theriac_ledger::block::{Block, Header, Parent, transactions_root};
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{ChainId, Timestamp};
use theriac_ledger::record::Parameters;
use theriac_ledger::transaction::{SignedTransaction, Transaction};
use theriac_ledger::validator::{Validator, ValidatorSet};
use theriac_proof::vote::{VoteType, vote_digest};
use theriac_proof::{CommitCertificate, CommitSignature};

pub(crate) const GENESIS_MS: u64 = 1_800_000_000_000;

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

pub(crate) fn validator_keys() -> Vec<SigningKey> {
    (1..=4).map(key).collect()
}

pub(crate) fn anchor() -> Anchor {
    let validators = validator_keys()
        .iter()
        .map(|key| Validator {
            key: key.public_key(),
            power: 1,
        })
        .collect();
    Anchor {
        protocol: PROTOCOL,
        time: Timestamp(GENESIS_MS),
        validators: ValidatorSet::new(validators).unwrap(),
        parameters: Parameters::default(),
        state_root: Digest::ZERO,
    }
}

pub(crate) fn body(seed: u8) -> ActionBody {
    AnchorDigest {
        kind: AnchorKind::Document,
        digest: digest("test", &[seed]),
    }
    .into()
}

pub(crate) fn transaction(chain: &ChainId, seed: u8) -> SignedTransaction {
    Transaction {
        signer: key(50).public_key(),
        salt: [seed; 16],
        valid_until: Timestamp(GENESIS_MS + 60_000),
        action: body(seed).to_action().unwrap(),
        details: None,
    }
    .sign(chain, &key(50))
}

pub(crate) fn certify(header: &Header, signers: &[SigningKey]) -> CommitCertificate {
    let block = header.digest();
    let message = vote_digest(
        &header.chain_id,
        VoteType::Precommit,
        header.height,
        0,
        Some(&block),
    );
    let mut signatures: Vec<_> = signers
        .iter()
        .map(|key| CommitSignature {
            validator: key.public_key(),
            signature: key.sign(&message),
        })
        .collect();
    signatures.sort_by_key(|signature| signature.validator);
    CommitCertificate {
        height: header.height,
        round: 0,
        block,
        signatures: signatures.try_into().unwrap(),
    }
}

pub(crate) fn block_after(parent: &Parent, transactions: Vec<SignedTransaction>) -> Block {
    Block {
        header: Header {
            protocol: PROTOCOL,
            chain_id: parent.chain_id,
            height: parent.height + 1,
            time: parent.time.saturating_add(1_000),
            parent: parent.digest,
            proposer: key(1).public_key(),
            transactions_root: transactions_root(&transactions),
            transaction_count: u32::try_from(transactions.len()).unwrap(),
            state_root: Digest::ZERO,
            validators: parent.next_validators,
            next_validators: parent.next_validators,
        },
        transactions: transactions.try_into().unwrap(),
    }
}

pub(crate) fn finish(block: Block) -> FinalBlock {
    let certificate = certify(&block.header, &validator_keys()[..3]);
    FinalBlock { block, certificate }
}

/// The chain up to a height, and from there to `length` other blocks, as final as the first ones.
pub(crate) fn fork(parted_at: u8, length: u8) -> Vec<FinalBlock> {
    let mut blocks = chain(parted_at);
    let mut parent = Parent::genesis(&anchor());
    if let Some(last) = blocks.last() {
        parent = Parent::of(&last.block.header);
    }
    for seed in parted_at + 1..=length {
        let tx = transaction(&parent.chain_id, 100 + seed);
        let block = finish(block_after(&parent, vec![tx]));
        parent = Parent::of(&block.block.header);
        blocks.push(block);
    }
    blocks
}

/// A valid chain of `length` blocks, one transaction in each.
pub(crate) fn chain(length: u8) -> Vec<FinalBlock> {
    let anchor = anchor();
    let mut parent = Parent::genesis(&anchor);
    (1..=length)
        .map(|seed| {
            let tx = transaction(&parent.chain_id, seed);
            let block = finish(block_after(&parent, vec![tx]));
            parent = Parent::of(&block.block.header);
            block
        })
        .collect()
}
