//! A chain in memory whose blocks are folded into a database.

use theriac_crypto::{Digest, PublicKey, SigningKey};
use theriac_ledger::action::{ActionBody, EnactChange, ProposeChange};
use theriac_ledger::block::{Header, Parent, transactions_root};
use theriac_ledger::change::{Change, KeyRevocation};
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::execute::{BlockContext, Execution, check_stateless};
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{ChangeId, Timestamp, TransactionId};
use theriac_ledger::state::State as _;
use theriac_ledger::testing::{Actor, Consortium, MemoryState};
use theriac_ledger::transaction::{SignedTransaction, Transaction};
use theriac_records::Database;
use theriac_records::fold::{BatchFold, FinalBlock, FinalTransaction, FoldError};

/// A block that the ledger has executed.
#[derive(Debug, Clone)]
pub(crate) struct TestBlock {
    pub(crate) header: Header,
    pub(crate) transactions: Vec<(TransactionId, SignedTransaction, ActionBody)>,
}

impl TestBlock {
    pub(crate) async fn fold(&self, db: &Database) -> Result<usize, FoldError> {
        let transactions = self.transactions();
        let block = FinalBlock {
            header: &self.header,
            transactions: &transactions,
        };
        BatchFold::default().fold(db, &[block]).await
    }

    pub(crate) fn transactions(&self) -> Vec<FinalTransaction<'_>> {
        self.transactions
            .iter()
            .map(|(id, signed, body)| FinalTransaction {
                id: *id,
                signed,
                body,
            })
            .collect()
    }
}

/// A ledger in memory: it makes blocks of what is legal.
pub(crate) struct TestChain {
    pub(crate) consortium: Consortium,
    pub(crate) anchor: Anchor,
    pub(crate) state: MemoryState,
    pub(crate) parent: Parent,
    /// Every block since genesis.
    pub(crate) blocks: Vec<TestBlock>,
    salt: u128,
}

impl TestChain {
    pub(crate) fn new(seed: u64) -> Self {
        let consortium = Consortium::new(seed);
        let anchor = consortium.anchor(Digest::ZERO);
        let state = MemoryState::genesis(&anchor, &consortium.records);
        let parent = Parent::genesis(&anchor);
        Self {
            consortium,
            anchor,
            state,
            parent,
            blocks: Vec::new(),
            salt: 0,
        }
    }

    pub(crate) fn time(&self) -> Timestamp {
        self.parent.time
    }

    pub(crate) fn sign(&mut self, actor: Actor, body: &ActionBody) -> SignedTransaction {
        let key = self.consortium.key(actor);
        self.sign_with(&key, body)
    }

    pub(crate) fn sign_with(&mut self, key: &SigningKey, body: &ActionBody) -> SignedTransaction {
        self.salt += 1;
        Transaction {
            signer: key.public_key(),
            salt: self.salt.to_le_bytes(),
            valid_until: self.time().saturating_add(5 * 60 * 1000),
            action: body.to_action().unwrap(),
            details: None,
        }
        .sign(&self.state.chain_id(), key)
    }

    /// Executes actions in one block; those that the rules refuse are left out and counted.
    pub(crate) fn block(&mut self, actions: Vec<(Actor, ActionBody)>) -> (TestBlock, Vec<String>) {
        let signed = actions
            .into_iter()
            .map(|(actor, body)| self.sign(actor, &body))
            .collect();
        self.block_of(signed)
    }

    pub(crate) fn block_of(&mut self, signed: Vec<SignedTransaction>) -> (TestBlock, Vec<String>) {
        let context = BlockContext {
            height: self.parent.height + 1,
            time: self.parent.time.saturating_add(1_000),
        };
        let chain = self.state.chain_id();
        let mut execution = Execution::new(&self.state, context);
        let mut transactions = Vec::new();
        let mut refused = Vec::new();
        for signed in signed {
            let body = signed.transaction.action.decode().unwrap();
            let checked = match check_stateless(signed.clone(), &chain) {
                Ok(checked) => checked,
                Err(rejection) => {
                    refused.push(rejection.to_string());
                    continue;
                }
            };
            match execution.apply(&checked) {
                Ok(()) => transactions.push((*checked.id(), signed, body)),
                Err(refusal) => refused.push(refusal.to_string()),
            }
        }
        let changeset = execution.finish();
        self.state.apply(changeset);
        let signed: Vec<_> = transactions.iter().map(|(_, tx, _)| tx.clone()).collect();
        let header = Header {
            protocol: PROTOCOL,
            chain_id: chain,
            height: context.height,
            time: context.time,
            parent: self.parent.digest,
            proposer: PublicKey([0; 32]),
            transactions_root: transactions_root(&signed),
            transaction_count: u32::try_from(signed.len()).unwrap(),
            state_root: Digest::ZERO,
            validators: self.parent.next_validators,
            next_validators: self.parent.next_validators,
        };
        self.parent = Parent::of(&header);
        let block = TestBlock {
            header,
            transactions,
        };
        self.blocks.push(block.clone());
        (block, refused)
    }

    /// One block with one legal action, folded.
    pub(crate) async fn act(
        &mut self,
        db: &Database,
        actor: Actor,
        body: impl Into<ActionBody>,
    ) -> TransactionId {
        let key = self.consortium.key(actor);
        self.act_with(db, &key, body).await
    }

    /// One block with one legal action of whoever has a key, folded.
    pub(crate) async fn act_with(
        &mut self,
        db: &Database,
        key: &SigningKey,
        body: impl Into<ActionBody>,
    ) -> TransactionId {
        let signed = self.sign_with(key, &body.into());
        let block = self.legal_block(vec![signed]);
        assert_eq!(block.fold(db).await.unwrap(), 1);
        block.transactions[0].0
    }

    /// One block of which nothing is refused.
    pub(crate) fn legal_block(&mut self, signed: Vec<SignedTransaction>) -> TestBlock {
        let (block, refused) = self.block_of(signed);
        assert_eq!(refused, Vec::<String>::new());
        block
    }

    /// An account's own revocation of one of its keys: what proposes and what enacts it.
    pub(crate) fn revocation(
        &mut self,
        actor: Actor,
        key: PublicKey,
        compromised_since: Timestamp,
    ) -> [SignedTransaction; 2] {
        let change = Change::RevokeKey(KeyRevocation {
            key,
            compromised_since,
        });
        let proposal = ProposeChange {
            change: change.clone(),
        };
        let proposal = self.sign(actor, &proposal.into());
        let id = ChangeId::of_proposal(&proposal.transaction.id(&self.state.chain_id()));
        let enactment = self.sign(actor, &EnactChange { id, change }.into());
        [proposal, enactment]
    }
}
