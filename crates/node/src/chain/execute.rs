//! Executing a block of another node, or one's own again.

use std::sync::Arc;

use theriac_crypto::merkle;
use theriac_ledger::block::{Block, BlockError, Header, check_header};
use theriac_ledger::constants::BLOCK_BYTES_MAX;
use theriac_ledger::encoding::encode;
use theriac_ledger::execute::{BlockContext, Execution, Refusal, parameters};
use theriac_ledger::identifier::BlockDigest;
use theriac_ledger::state::StateUnavailable;
use theriac_ledger::validator::ValidatorSet;

use super::prepared::PreparedBlock;
use super::verify::Body;
use super::{BlockRefusal, Chain};
use crate::store::{StoreError, View};
use crate::tree;

impl Chain {
    /// Executes a block over the committed state: header, transactions and their root, every rule,
    /// `state_root`. What it changes is kept under its digest for [`Self::commit`]; the same block
    /// again costs nothing. Says nothing about the block's time against the clock: see
    /// [`check_time`](super::check_time).
    pub fn execute(&self, block: &Block) -> Result<BlockDigest, BlockRefusal> {
        let digest = block.header.digest();
        let mut prepared = self.lock();
        if prepared.get(&digest).is_some() {
            return Ok(digest);
        }
        let ready = self.run(&self.store.view(), block)?;
        prepared.put(digest, ready);
        Ok(digest)
    }

    /// Executes a block over a view.
    pub(super) fn run(&self, view: &View, block: &Block) -> Result<PreparedBlock, BlockRefusal> {
        check_head(view, &block.header)?;
        let body = Body::read(
            &block.transactions,
            &view.parent().chain_id,
            self.pool.verified(),
        );
        let bytes_max = parameters(view)?.block_bytes_max;
        check_body(block, &body, bytes_max)?;
        let transactions = body
            .checked()
            .map_err(|(index, source)| BlockRefusal::Stateless { index, source })?;
        let state = self.pool.screens().over(view, &transactions);
        let mut execution = Execution::new(&state, context(&block.header));
        for (index, transaction) in transactions.iter().enumerate() {
            execution
                .apply(transaction)
                .map_err(|refusal| match refusal {
                    Refusal::Rejected(source) => BlockRefusal::Rejected { index, source },
                    Refusal::Unavailable(unavailable) => unavailable.into(),
                })?;
        }
        let next = execution.next_validators().map(ValidatorSet::digest);
        if block.header.next_validators != next.unwrap_or(view.parent().next_validators) {
            return Err(BlockRefusal::NextValidators);
        }
        let changes = execution.finish();
        let values = crate::genesis::tree_values(&changes.writes);
        let tree = tree::update(&view.nodes(), block.header.height, &values)
            .map_err(|e| StateUnavailable::from(StoreError::from(e)))?;
        if tree.root != block.header.state_root {
            return Err(BlockRefusal::StateRoot);
        }
        Ok(PreparedBlock {
            block: Arc::new(block.clone()),
            changes,
            tree,
        })
    }
}

fn check_head(view: &View, header: &Header) -> Result<(), BlockRefusal> {
    let parent = view.parent();
    let height = header.height;
    if height <= parent.height {
        return Err(BlockRefusal::Decided { height });
    }
    if height > parent.height.saturating_add(1) {
        return Err(BlockRefusal::TooEarly {
            height,
            committed: parent.height,
        });
    }
    check_header(parent, header)?;
    if view.validators().find(&header.proposer).is_none() {
        return Err(BlockRefusal::Proposer {
            proposer: header.proposer,
        });
    }
    Ok(())
}

/// What the rules know of a block.
pub(super) fn context(header: &Header) -> BlockContext {
    BlockContext {
        height: header.height,
        time: header.time,
    }
}

fn check_body(block: &Block, body: &Body, bytes_max: u32) -> Result<(), BlockRefusal> {
    // The body's list has a count of four bytes.
    let found = encode(&block.header)
        .len()
        .saturating_add(4)
        .saturating_add(body.bytes);
    let bytes_max = usize::try_from(bytes_max).unwrap_or(BLOCK_BYTES_MAX);
    if found > bytes_max.min(BLOCK_BYTES_MAX) {
        return Err(BlockRefusal::TooLong { found });
    }
    let leaves: Vec<_> = body
        .digests
        .iter()
        .map(|digest| merkle::leaf(digest.as_bytes()))
        .collect();
    let count_fits =
        usize::try_from(block.header.transaction_count).is_ok_and(|count| count == leaves.len());
    if count_fits && merkle::root(&leaves) == block.header.transactions_root {
        Ok(())
    } else {
        Err(BlockError::Transactions.into())
    }
}
