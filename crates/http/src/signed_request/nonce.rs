//! The memory of requests seen, so that none counts twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use theriac_crypto::PublicKey;

use super::{SignedHeaders, WINDOW_MS};

/// Requests remembered in all: about 10 MB at worst.
pub const NONCES_MAX: usize = 131_072;

/// Requests remembered for one key, so that one member cannot shut out the others: a node that
/// sends a batch every 10 ms uses 12,000 in the two minutes that a request may count.
pub const NONCES_PER_KEY_MAX: usize = 16_384;

/// Why a request with a good signature still does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NonceError {
    /// It was seen before.
    #[error("this signed request was already used")]
    Replayed,
    /// It was signed before this program started, so nobody remembers whether it was used.
    #[error("the request was signed before this program started")]
    BeforeStart,
    /// The memory for this key, or in all, is full.
    #[error("too many signed requests in the last two minutes")]
    Full,
}

/// Remembers each request until its time is outside the window.
#[derive(Debug)]
pub struct NonceCache {
    started_ms: u64,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    // Ordered by the signed time, so that the oldest leave first. A replay has the same time, for
    // the signature covers it.
    requests: BTreeSet<(u64, PublicKey, [u8; 16])>,
    by_key: BTreeMap<PublicKey, usize>,
}

impl NonceCache {
    /// An empty memory. Requests signed before `started_ms` are refused: they may have been used
    /// before a restart.
    pub fn new(started_ms: u64) -> Self {
        Self {
            started_ms,
            seen: Mutex::default(),
        }
    }

    /// Remembers a request whose signature, time and key were found good.
    ///
    /// # Errors
    ///
    /// [`NonceError`] when it must not count.
    pub fn remember(&self, headers: &SignedHeaders, now_ms: u64) -> Result<(), NonceError> {
        if headers.time_ms < self.started_ms {
            return Err(NonceError::BeforeStart);
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.forget_before(now_ms.saturating_sub(WINDOW_MS));
        let request = (headers.time_ms, headers.key, headers.nonce);
        if seen.requests.contains(&request) {
            return Err(NonceError::Replayed);
        }
        let of_key = seen.by_key.get(&headers.key).copied().unwrap_or(0);
        if of_key >= NONCES_PER_KEY_MAX || seen.requests.len() >= NONCES_MAX {
            return Err(NonceError::Full);
        }
        seen.requests.insert(request);
        seen.by_key.insert(headers.key, of_key + 1);
        Ok(())
    }
}

impl Seen {
    fn forget_before(&mut self, oldest_ms: u64) {
        while let Some(&(time_ms, key, _)) = self.requests.first() {
            if time_ms >= oldest_ms {
                break;
            }
            self.requests.pop_first();
            if let Some(count) = self.by_key.get_mut(&key) {
                *count -= 1;
                if *count == 0 {
                    self.by_key.remove(&key);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_crypto::Signature;

    fn request(key: u8, time_ms: u64, nonce: u32) -> SignedHeaders {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&nonce.to_be_bytes());
        SignedHeaders {
            key: PublicKey([key; 32]),
            time_ms,
            nonce: bytes,
            signature: Signature([0; 64]),
        }
    }

    #[test]
    fn second_use_is_refused_as_long_as_the_time_counts() {
        let cache = NonceCache::new(0);
        let first = request(1, 100_000, 1);
        assert_eq!(cache.remember(&first, 100_000), Ok(()));
        assert_eq!(cache.remember(&first, 160_000), Err(NonceError::Replayed));
    }

    #[test]
    fn other_key_or_nonce_is_another_request() {
        let cache = NonceCache::new(0);
        assert_eq!(cache.remember(&request(1, 9, 1), 9), Ok(()));
        assert_eq!(cache.remember(&request(2, 9, 1), 9), Ok(()));
        assert_eq!(cache.remember(&request(1, 9, 2), 9), Ok(()));
    }

    #[test]
    fn request_of_before_a_restart_is_refused() {
        let cache = NonceCache::new(1_000);
        assert_eq!(
            cache.remember(&request(1, 999, 1), 1_000),
            Err(NonceError::BeforeStart)
        );
    }

    #[test]
    fn one_key_cannot_fill_the_memory_of_others_and_room_returns_with_time() {
        let cache = NonceCache::new(0);
        for nonce in 0..u32::try_from(NONCES_PER_KEY_MAX).unwrap() {
            cache.remember(&request(1, 1_000, nonce), 1_000).unwrap();
        }
        assert_eq!(
            cache.remember(&request(1, 1_000, u32::MAX), 1_000),
            Err(NonceError::Full)
        );
        assert_eq!(cache.remember(&request(2, 1_000, 0), 1_000), Ok(()));
        let later_ms = 1_000 + WINDOW_MS + 1;
        assert_eq!(cache.remember(&request(1, later_ms, 0), later_ms), Ok(()));
        assert_eq!(cache.seen.lock().unwrap().requests.len(), 1);
    }
}
