//! A chain in a store on disk, as a verifier's replica keeps it; its validators sign each block.

use std::sync::Arc;

use tempfile::TempDir;
use theriac_crypto::{PublicKey, SigningKey};
use theriac_ledger::action::{ActionBody, EnactChange, ProposeChange};
use theriac_ledger::change::{Change, KeyRevocation};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::execute::check_stateless;
use theriac_ledger::identifier::{BlockDigest, ChangeId, Height, Timestamp, TransactionId};
use theriac_ledger::record::Parameters;
use theriac_ledger::testing::{Actor, Consortium};
use theriac_ledger::transaction::{SignedTransaction, Transaction};
use theriac_node::chain::Chain;
use theriac_node::genesis::{Genesis, seal};
use theriac_node::pool::{Pool, PoolLimits};
use theriac_node::store::Store;
use theriac_proof::vote::{VoteType, vote_digest};
use theriac_proof::{CommitCertificate, CommitSignature};
use theriac_verifier::ReplicaView;

use crate::running::{Running, start_over};

pub(crate) struct StoredChain {
    pub(crate) consortium: Consortium,
    pub(crate) genesis: Genesis,
    chain: Chain,
    store: Store,
    salts: u128,
    _folder: TempDir,
}

impl StoredChain {
    pub(crate) fn new() -> Self {
        let consortium = Consortium::new(1);
        let (validators, records) = (consortium.validators.clone(), consortium.records.clone());
        let anchor = seal(
            Consortium::START,
            validators,
            Parameters::default(),
            &records,
        )
        .unwrap();
        let genesis = Genesis { anchor, records };
        let folder = tempfile::tempdir().unwrap();
        let store = Store::initialise(&folder.path().join("store"), &genesis).unwrap();
        let pool = Arc::new(Pool::new(store.clone(), PoolLimits::default()));
        Self {
            consortium,
            genesis,
            chain: Chain::new(store.clone(), pool),
            store,
            salts: 0,
            _folder: folder,
        }
    }

    /// Block time of the last block.
    pub(crate) fn time(&self) -> Timestamp {
        self.chain.parent().time
    }

    /// Puts an action into a block of its own; its id.
    pub(crate) fn act(&mut self, key: &SigningKey, body: impl Into<ActionBody>) -> TransactionId {
        let signed = self.sign(key, body);
        let id = signed.transaction.id(&self.genesis.anchor.chain_id());
        self.advance(vec![signed]);
        id
    }

    /// An account revokes a key of its own, in one block.
    pub(crate) fn revoke(&mut self, actor: Actor, key: PublicKey, compromised_since: Timestamp) {
        let change = Change::RevokeKey(KeyRevocation {
            key,
            compromised_since,
        });
        let own = self.consortium.key(actor);
        let proposal = ProposeChange {
            change: change.clone(),
        };
        let proposed = self.sign(&own, proposal);
        let chain = self.genesis.anchor.chain_id();
        let id = ChangeId::of_proposal(&proposed.transaction.id(&chain));
        let enactment = self.sign(&own, EnactChange { id, change });
        self.advance(vec![proposed, enactment]);
    }

    /// A block of these transactions, a second after the last.
    pub(crate) fn advance(&mut self, signed: Vec<SignedTransaction>) {
        let chain = self.genesis.anchor.chain_id();
        let waiting: Vec<_> = signed
            .into_iter()
            .map(|one| Arc::new(check_stateless(one, &chain).unwrap()))
            .collect();
        let time = self.time().saturating_add(1_000);
        let proposer = self.consortium.validator_keys[0].public_key();
        let built = self.chain.build_from(&waiting, time, proposer).unwrap();
        assert_eq!(built.rejected, []);
        let certificate = self.certify(built.block.header.height, &built.digest);
        self.chain.commit(&built.digest, certificate).unwrap();
    }

    fn sign(&mut self, key: &SigningKey, body: impl Into<ActionBody>) -> SignedTransaction {
        self.salts += 1;
        Transaction {
            signer: key.public_key(),
            salt: self.salts.to_le_bytes(),
            valid_until: self.time().saturating_add(5 * 60 * 1_000),
            action: body.into().to_action().unwrap(),
            details: None,
        }
        .sign(&self.genesis.anchor.chain_id(), key)
    }

    fn certify(&self, height: Height, block: &BlockDigest) -> CommitCertificate {
        let chain = self.genesis.anchor.chain_id();
        let vote = vote_digest(&chain, VoteType::Precommit, height, 0, Some(block));
        let signatures = self.consortium.validator_keys.iter();
        let signatures = signatures.map(|key| CommitSignature {
            validator: key.public_key(),
            signature: key.sign(&vote),
        });
        CommitCertificate {
            height,
            round: 0,
            block: *block,
            signatures: BoundedList::new(signatures.collect()).unwrap(),
        }
    }

    /// A verifier that answers from what is committed now and later.
    pub(crate) fn serve(&self) -> Running {
        let view = Arc::new(ReplicaView::new(self.store.clone()));
        let anchor = Arc::new(self.genesis.anchor.clone());
        start_over(view, anchor, self.consortium.account(Actor::Pharmacy))
    }
}
