//! The blocks of a history: each certified, each transaction in its place.

use std::collections::BTreeMap;

use theriac_crypto::merkle::InclusionProof;
use theriac_crypto::{SignatureError, verify};
use theriac_ledger::block::{Header, transaction_leaf};
use theriac_ledger::identifier::{ChainId, Height, Timestamp, TransactionId};
use theriac_ledger::transaction::SignedTransaction;

use super::{HistoryBundle, Moment, PlacedTransaction};
use crate::bundle::CertifiedHeader;
use crate::light::{LightError, Trust, check_certificate};

/// A transaction, verified in its block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed<'b> {
    pub(super) id: TransactionId,
    pub(super) time: Timestamp,
    pub(super) signed: &'b SignedTransaction,
}

/// The transactions of a bundle by their moments.
pub(super) type PlacedByMoment<'b> = BTreeMap<Moment, Placed<'b>>;

/// Why the blocks are not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum BlocksError {
    #[error("blocks must be ascending by height and each named once (at {height})")]
    Order { height: Height },
    #[error("block {height} is above the head")]
    AboveHead { height: Height },
    #[error("block {height} is another than the head of the same height")]
    OtherHead { height: Height },
    #[error("block {height} is not believed: {source}")]
    Header { height: Height, source: LightError },
}

/// Why a transaction is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TransactionError {
    #[error("block {height} is here without transactions")]
    NoTransactions { height: Height },
    #[error("transactions must be ascending by index (at {index} of block {height})")]
    Order { height: Height, index: u32 },
    #[error("transaction {index} of block {height} is not signed by its signer for this chain")]
    Signature {
        height: Height,
        index: u32,
        source: SignatureError,
    },
    #[error("block {height} has another transaction at {index}")]
    Path { height: Height, index: u32 },
}

/// Checks that every header is certified by whom trust leads to, and none is above the head.
pub(super) fn check_headers(
    bundle: &HistoryBundle,
    trust: &Trust,
    now: Timestamp,
) -> Result<(), BlocksError> {
    let head = &bundle.evidence.head.header;
    let first = trust;
    let mut trust = trust.clone();
    let steps = bundle.evidence.steps.iter();
    let mut steps = steps.filter(|step| !first.is_past(step)).peekable();
    let mut above = 0;
    for block in &bundle.blocks {
        let header = &block.head.header;
        let height = header.height;
        if height <= above {
            return Err(BlocksError::Order { height });
        }
        above = height;
        if height > head.height {
            return Err(BlocksError::AboveHead { height });
        }
        if height == head.height && header != head {
            return Err(BlocksError::OtherHead { height });
        }
        let believed = |error| BlocksError::Header {
            height,
            source: error,
        };
        // The set that signs a height is the one that the changes below it lead to.
        while let Some(step) = steps.next_if(|step| step.head.header.height < height) {
            trust.step(step, now).map_err(believed)?;
        }
        match trust.verify(&block.head, now) {
            Ok(_) => {}
            Err(LightError::Height { .. }) => {
                check_earlier(first, &block.head).map_err(believed)?;
            }
            Err(error) => return Err(believed(error)),
        }
    }
    Ok(())
}

/// A header at or below the trusted height: whoever trusts a set trusts that it signs no second
/// past, so it counts when that very set signed it.
fn check_earlier(trust: &Trust, head: &CertifiedHeader) -> Result<(), LightError> {
    let signers = trust.validators();
    if head.signers.is_some() {
        return Err(LightError::Redundant);
    }
    if head.header.validators != signers.digest() {
        return Err(LightError::Validators);
    }
    check_certificate(trust.chain(), &head.header, &head.certificate, signers)
}

/// Checks id, signature and place of every transaction, under headers that were checked.
pub(super) fn place_transactions<'b>(
    bundle: &'b HistoryBundle,
    chain: &ChainId,
) -> Result<PlacedByMoment<'b>, TransactionError> {
    let mut placed = BTreeMap::new();
    for block in &bundle.blocks {
        let header = &block.head.header;
        let height = header.height;
        if block.transactions.is_empty() {
            return Err(TransactionError::NoTransactions { height });
        }
        let mut free = Some(0);
        for one in &block.transactions {
            let index = one.index;
            if free.is_none_or(|free| index < free) {
                return Err(TransactionError::Order { height, index });
            }
            free = index.checked_add(1);
            placed.insert((height, index), place(one, header, chain)?);
        }
    }
    Ok(placed)
}

fn place<'b>(
    one: &'b PlacedTransaction,
    header: &Header,
    chain: &ChainId,
) -> Result<Placed<'b>, TransactionError> {
    let PlacedTransaction {
        index,
        signed,
        path,
    } = one;
    let (height, index) = (header.height, *index);
    let transaction = &signed.transaction;
    let id = transaction.id(chain);
    verify(&transaction.signer, &id.0, &signed.signature).map_err(|source| {
        TransactionError::Signature {
            height,
            index,
            source,
        }
    })?;
    let proof = InclusionProof {
        index,
        count: header.transaction_count,
        path: path.to_vec(),
    };
    if !proof.proves(&transaction_leaf(signed), &header.transactions_root) {
        return Err(TransactionError::Path { height, index });
    }
    Ok(Placed {
        id,
        time: header.time,
        signed,
    })
}

#[cfg(test)]
mod tests;
