//! Transactions whose signature was verified, so that no transaction is verified twice.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use theriac_crypto::Digest;
use theriac_ledger::constants::BLOCK_BYTES_MAX;
use theriac_ledger::execute::CheckedTransaction;

use crate::generations::Generations;

/// Bytes of one generation: the blocks that a few failed rounds would carry, and what is waiting.
const GENERATION_BYTES: usize = 8 * BLOCK_BYTES_MAX;

/// What a small transaction takes beside its bytes: decoded, and its place here.
const OVERHEAD_BYTES: usize = 1024;

/// Checked transactions by the digest of their signed bytes, the signature included: two forms of
/// one transaction with different signatures are different here.
#[derive(Debug)]
pub(crate) struct Verified(Mutex<Generations<Digest, Arc<CheckedTransaction>>>);

impl Default for Verified {
    fn default() -> Self {
        Self(Mutex::new(Generations::new(GENERATION_BYTES)))
    }
}

impl Verified {
    /// The transaction with these signed bytes, if it was verified lately.
    pub(crate) fn get(&self, digest: &Digest) -> Option<Arc<CheckedTransaction>> {
        self.lock().get(digest)
    }

    /// Remembers a verified transaction.
    pub(crate) fn put(&self, digest: Digest, transaction: Arc<CheckedTransaction>) {
        let bytes = transaction.encoded_len().saturating_add(OVERHEAD_BYTES);
        self.lock().put(digest, transaction, bytes);
    }

    fn lock(&self) -> MutexGuard<'_, Generations<Digest, Arc<CheckedTransaction>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
