//! Transactions whose signature was verified, so that no transaction is verified twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use theriac_crypto::Digest;
use theriac_ledger::constants::BLOCK_BYTES_MAX;
use theriac_ledger::execute::CheckedTransaction;

/// Bytes of one generation: the blocks that a few failed rounds would carry, and what is waiting.
const GENERATION_BYTES: usize = 8 * BLOCK_BYTES_MAX;

/// Checked transactions by the digest of their signed bytes, the signature included: two forms of
/// one transaction with different signatures are different here.
#[derive(Debug, Default)]
pub(crate) struct Verified(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Digest, Arc<CheckedTransaction>>,
    young_bytes: usize,
    old: HashMap<Digest, Arc<CheckedTransaction>>,
}

impl Verified {
    /// The transaction with these signed bytes, if it was verified lately.
    pub(crate) fn get(&self, digest: &Digest) -> Option<Arc<CheckedTransaction>> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(transaction) = generations.young.get(digest) {
            return Some(Arc::clone(transaction));
        }
        let transaction = generations.old.remove(digest)?;
        generations.put(*digest, Arc::clone(&transaction));
        Some(transaction)
    }

    /// Remembers a verified transaction.
    pub(crate) fn put(&self, digest: Digest, transaction: Arc<CheckedTransaction>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .put(digest, transaction);
    }
}

impl Generations {
    fn put(&mut self, digest: Digest, transaction: Arc<CheckedTransaction>) {
        if self.young_bytes >= GENERATION_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes = self.young_bytes.saturating_add(transaction.encoded_len());
        self.young.insert(digest, transaction);
    }
}
