//! A chain in memory without an engine: its blocks are signed with the validators' own keys.

use std::sync::Arc;

use theriac_ledger::action::ActionBody;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::execute::check_stateless;
use theriac_ledger::identifier::BlockDigest;
use theriac_ledger::testing::{Actor, Consortium};
use theriac_ledger::transaction::Transaction;
use theriac_node::chain::Chain;
use theriac_node::genesis::Genesis;
use theriac_node::pool::{Pool, PoolLimits};
use theriac_node::store::Store;
use theriac_proof::vote::{VoteType, vote_digest};
use theriac_proof::{CommitCertificate, CommitSignature};

use crate::disk::MemoryDisk;
use crate::genesis::genesis;

/// Time for which what is signed here stays valid.
const VALIDITY_MS: u64 = 5 * 60 * 1000;

/// A chain of one node.
#[derive(Debug)]
pub struct DecidedChain {
    /// Who takes part.
    pub consortium: Consortium,
    /// Both halves of its genesis.
    pub genesis: Genesis,
    /// The chain.
    pub chain: Chain,
}

impl DecidedChain {
    /// Genesis of a seeded consortium.
    pub fn found(seed: u64) -> Self {
        let consortium = Consortium::new(seed);
        let genesis = genesis(&consortium);
        let disk = Arc::new(MemoryDisk::default());
        let store = Store::initialise_on(disk, &genesis).expect("a disk in memory works");
        let store = store.expect("a new disk holds no other chain");
        let pool = Arc::new(Pool::new(store.clone(), PoolLimits::default()));
        Self {
            consortium,
            genesis,
            chain: Chain::new(store, pool),
        }
    }

    /// Makes a block of legal actions final, a second after the one before.
    pub fn advance(&self, actions: impl IntoIterator<Item = (Actor, ActionBody)>) -> BlockDigest {
        self.advance_after(1_000, actions)
    }

    /// Makes a block of legal actions final, some milliseconds after the one before.
    pub fn advance_after(
        &self,
        pause_ms: u64,
        actions: impl IntoIterator<Item = (Actor, ActionBody)>,
    ) -> BlockDigest {
        let parent = self.chain.parent();
        let time = parent.time.saturating_add(pause_ms);
        let signed = (1u128..).zip(actions).map(|(number, (actor, body))| {
            let key = self.consortium.key(actor);
            let signed = Transaction {
                signer: key.public_key(),
                salt: (u128::from(parent.height) << 64 | number).to_le_bytes(),
                valid_until: time.saturating_add(VALIDITY_MS),
                action: body.to_action().expect("an action of a test is in bounds"),
                details: None,
            }
            .sign(&parent.chain_id, &key);
            Arc::new(check_stateless(signed, &parent.chain_id).expect("a transaction of a test"))
        });
        let waiting: Vec<_> = signed.collect();
        let proposer = self.consortium.validator_keys[0].public_key();
        let built = self.chain.build_from(&waiting, time, proposer);
        let built = built.expect("a disk in memory works");
        assert_eq!(built.rejected, [], "an action of a test is not legal");
        let certificate = self.certify(parent.height.saturating_add(1), built.digest);
        self.chain
            .commit(&built.digest, certificate)
            .expect("a block of one's own is committed");
        built.digest
    }

    /// The votes of three of the four validators.
    fn certify(&self, height: u64, block: BlockDigest) -> CommitCertificate {
        let chain = self.genesis.anchor.chain_id();
        let message = vote_digest(&chain, VoteType::Precommit, height, 0, Some(&block));
        let signers = self.consortium.validator_keys[1..].iter();
        let signatures = signers.map(|key| CommitSignature {
            validator: key.public_key(),
            signature: key.sign(&message),
        });
        CommitCertificate {
            height,
            round: 0,
            block,
            signatures: BoundedList::new(signatures.collect()).expect("three of four"),
        }
    }
}
