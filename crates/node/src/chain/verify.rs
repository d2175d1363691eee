//! The transactions of a block, each verified once, the new ones in parallel.

use std::num::NonZero;
use std::sync::Arc;

use theriac_crypto::Digest;
use theriac_ledger::block::Block;
use theriac_ledger::execute::{CheckedTransaction, StatelessRejection, check_stateless};
use theriac_ledger::identifier::ChainId;
use theriac_ledger::transaction::SignedTransaction;

use super::Chain;
use crate::pool::{Verified, signed_digest};

/// The transactions of a block, ready to be executed.
#[derive(Debug)]
pub(super) struct Body {
    /// Digests of the signed transactions, in order: what `transactions_root` is over.
    pub(super) digests: Vec<Digest>,
    /// Bytes of all transactions together.
    pub(super) bytes: usize,
    /// The bytes of each, until they were verified.
    outcomes: Vec<Result<Arc<CheckedTransaction>, StatelessRejection>>,
}

impl Body {
    /// Hashes every transaction, and verifies those that were not verified before.
    pub(super) fn read(
        transactions: &[SignedTransaction],
        chain: &ChainId,
        verified: &Verified,
    ) -> Self {
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = transactions.len().div_ceil(threads).max(1);
        let read = |signed: &SignedTransaction| read_one(signed, chain, verified);
        let read_all = |part: &[SignedTransaction]| part.iter().map(read).collect::<Vec<_>>();
        let parts = std::thread::scope(|scope| {
            let mut parts = transactions.chunks(share);
            let own = parts.next().unwrap_or_default();
            let others: Vec<_> = parts
                .map(|part| scope.spawn(move || read_all(part)))
                .collect();
            let mut done = read_all(own);
            for other in others {
                done.extend(
                    other
                        .join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
                );
            }
            done
        });
        let mut body = Self {
            digests: Vec::with_capacity(parts.len()),
            bytes: 0,
            outcomes: Vec::with_capacity(parts.len()),
        };
        for one in parts {
            body.digests.push(one.digest);
            body.bytes = body.bytes.saturating_add(one.length);
            body.outcomes.push(one.outcome);
        }
        body
    }

    /// The transactions, or the first one that is none.
    pub(super) fn checked(
        self,
    ) -> Result<Vec<Arc<CheckedTransaction>>, (usize, StatelessRejection)> {
        self.outcomes
            .into_iter()
            .enumerate()
            .map(|(index, outcome)| outcome.map_err(|reason| (index, reason)))
            .collect()
    }
}

impl Chain {
    /// Verifies the transactions of a block that is executed later, so that it finds them verified.
    /// What is wrong with them is found out then.
    pub(crate) fn verify_ahead(&self, block: &Block) {
        let chain = self.parent().chain_id;
        Body::read(&block.transactions, &chain, self.pool.verified());
    }
}

struct One {
    digest: Digest,
    length: usize,
    outcome: Result<Arc<CheckedTransaction>, StatelessRejection>,
}

fn read_one(signed: &SignedTransaction, chain: &ChainId, verified: &Verified) -> One {
    let bytes = signed.encode();
    let digest = signed_digest(&bytes);
    let outcome = match verified.get(&digest) {
        Some(known) => Ok(known),
        None => check_stateless(signed.clone(), chain)
            .map(Arc::new)
            .inspect(|checked| verified.put(digest, Arc::clone(checked))),
    };
    One {
        digest,
        length: bytes.len(),
        outcome,
    }
}
