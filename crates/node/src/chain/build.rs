//! Building the block that this node proposes.

use std::sync::Arc;

use theriac_crypto::{Digest, PublicKey};
use theriac_ledger::block::{Block, Header, Parent, transactions_root};
use theriac_ledger::constants::{BLOCK_BYTES_MAX, BLOCK_TRANSACTIONS_MAX, PROTOCOL};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::execute::{BlockContext, CheckedTransaction, Execution, Refusal, check};
use theriac_ledger::identifier::{Timestamp, TransactionId};
use theriac_ledger::rejection::Rejection;
use theriac_ledger::state::{State, StateUnavailable};
use theriac_ledger::transaction::SignedTransaction;
use theriac_ledger::validator::ValidatorSet;

use super::prepared::PreparedBlock;
use super::{BuiltBlock, Chain, ChainError};
use crate::store::StoreError;
use crate::tree;

/// Room for the header and the count of transactions in a block.
const HEAD_BYTES: usize = 1_024;

/// Refused transactions looked at a second time while a block is built: the others wait for it. The
/// rest stay in the pool and are looked at after the next blocks.
const LOOKS_MAX: usize = 64;

/// Transactions chosen for a block, and those that are refused.
struct Selection {
    signed: Vec<SignedTransaction>,
    rejected: Vec<(TransactionId, Rejection)>,
}

impl Chain {
    /// Builds the next block from the pool, in order of arrival. Its time is `time`, or just after
    /// its parent's where that is later. Transactions that the rules no longer allow are refused in
    /// the pool; those that only found no room stay.
    pub fn build(&self, time: Timestamp, proposer: PublicKey) -> Result<BuiltBlock, ChainError> {
        let bytes_max = usize::try_from(self.parameters()?.block_bytes_max);
        let bytes_max = bytes_max.unwrap_or(BLOCK_BYTES_MAX).min(BLOCK_BYTES_MAX);
        let waiting = self
            .pool
            .next_for_block(bytes_max.saturating_sub(HEAD_BYTES));
        let built = self.build_from(&waiting, time, proposer)?;
        let refused: Vec<_> = waiting
            .into_iter()
            .filter(|waiting| built.rejected.iter().any(|(id, _)| id == waiting.id()))
            .collect();
        self.pool.recheck(&refused)?;
        Ok(built)
    }

    /// Builds the next block from these transactions, in this order; they must fit into a block.
    pub fn build_from(
        &self,
        waiting: &[Arc<CheckedTransaction>],
        time: Timestamp,
        proposer: PublicKey,
    ) -> Result<BuiltBlock, ChainError> {
        let mut prepared = self.lock();
        let view = self.store.view();
        let parent = view.parent();
        let context = BlockContext {
            height: parent.height.saturating_add(1),
            time: time.max(parent.time.saturating_add(1)),
        };
        let state = self.pool.screens().over(&view, waiting);
        let mut execution = Execution::new(&state, context);
        let Selection { signed, rejected } = select(&state, context, &mut execution, waiting)?;
        let next_validators = execution.next_validators().map(ValidatorSet::digest);
        let changes = execution.finish();
        let values = crate::genesis::tree_values(&changes.writes);
        let tree =
            tree::update(&view.nodes(), context.height, &values).map_err(StoreError::from)?;
        let block = Arc::new(Block {
            header: Header {
                next_validators: next_validators.unwrap_or(parent.next_validators),
                ..header(parent, context, proposer, &signed, tree.root)
            },
            transactions: BoundedList::new(signed)
                .expect("the selection stops at the bound of the list"),
        });
        let digest = block.header.digest();
        let bytes = block.encode().into();
        prepared.put(
            digest,
            PreparedBlock {
                block: Arc::clone(&block),
                changes,
                tree,
            },
        );
        Ok(BuiltBlock {
            block,
            bytes,
            digest,
            rejected,
        })
    }
}

/// Applies what the rules allow.
fn select<S: State>(
    state: &S,
    context: BlockContext,
    execution: &mut Execution<'_, S>,
    waiting: &[Arc<CheckedTransaction>],
) -> Result<Selection, StateUnavailable> {
    let mut selection = Selection {
        signed: Vec::with_capacity(waiting.len()),
        rejected: Vec::new(),
    };
    let mut looks = 0;
    for transaction in waiting.iter().take(BLOCK_TRANSACTIONS_MAX) {
        match execution.apply(transaction) {
            Ok(()) => selection.signed.push(transaction.signed().clone()),
            Err(Refusal::Unavailable(unavailable)) => return Err(unavailable),
            Err(Refusal::Rejected(rejection)) if rejection.is_block_full() => {}
            Err(Refusal::Rejected(_)) if looks >= LOOKS_MAX => {}
            // Refused after others of this block, which may never be decided: the answer that
            // counts is the one over the committed state.
            Err(Refusal::Rejected(_)) => {
                looks += 1;
                match check(state, context, transaction) {
                    Err(Refusal::Rejected(rejection)) => {
                        selection.rejected.push((*transaction.id(), rejection));
                    }
                    Err(Refusal::Unavailable(unavailable)) => return Err(unavailable),
                    Ok(()) => {}
                }
            }
        }
    }
    Ok(selection)
}

fn header(
    parent: &Parent,
    context: BlockContext,
    proposer: PublicKey,
    signed: &[SignedTransaction],
    state_root: Digest,
) -> Header {
    Header {
        protocol: PROTOCOL,
        chain_id: parent.chain_id,
        height: context.height,
        time: context.time,
        parent: parent.digest,
        proposer,
        transactions_root: transactions_root(signed),
        transaction_count: u32::try_from(signed.len())
            .expect("the selection stops at the bound of the list"),
        state_root,
        validators: parent.next_validators,
        next_validators: parent.next_validators,
    }
}
