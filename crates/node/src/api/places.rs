//! Places for streams: so many in all, and a share for each key, so that no member shuts out the
//! others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use theriac_crypto::PublicKey;

/// Streams served at once: each holds a connection and at most two blocks.
const PLACES_MAX: usize = 256;

/// Streams of one key: every service of an organisation may share its key, and reconnect before
/// its old stream is known to be dead.
const PLACES_PER_KEY_MAX: usize = 16;

/// The places taken, by key. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    taken: Arc<Mutex<BTreeMap<PublicKey, usize>>>,
}

/// A place; free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    key: PublicKey,
}

impl Places {
    /// A place for a key; none when its share, or all of them, are taken.
    pub(super) fn take(&self, key: PublicKey) -> Option<Place> {
        let mut taken = self.taken();
        let all: usize = taken.values().sum();
        let own = taken.get(&key).copied().unwrap_or(0);
        if all >= PLACES_MAX || own >= PLACES_PER_KEY_MAX {
            return None;
        }
        taken.insert(key, own + 1);
        Some(Place {
            places: self.clone(),
            key,
        })
    }

    fn taken(&self) -> MutexGuard<'_, BTreeMap<PublicKey, usize>> {
        // Each change is one call.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        match taken.get_mut(&self.key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                taken.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use theriac_crypto::SigningKey;

    use super::*;

    fn key(seed: u8) -> PublicKey {
        SigningKey::from_seed(&[seed; 32]).public_key()
    }

    #[test]
    fn one_key_takes_its_share_and_no_more() {
        let places = Places::default();
        let mut held: Vec<Place> = Vec::new();
        held.extend((0..PLACES_PER_KEY_MAX).map(|_| places.take(key(1)).unwrap()));
        assert!(places.take(key(1)).is_none());
        assert!(places.take(key(2)).is_some());
        held.pop();
        assert!(places.take(key(1)).is_some());
    }

    #[test]
    fn all_keys_together_take_no_more_than_there_are() {
        let places = Places::default();
        let seeds = 0..u8::try_from(PLACES_MAX / PLACES_PER_KEY_MAX).unwrap();
        let held: Vec<Place> = seeds
            .flat_map(|seed| std::iter::repeat_n(key(seed), PLACES_PER_KEY_MAX))
            .map(|key| places.take(key).unwrap())
            .collect();
        assert!(places.take(key(200)).is_none());
        drop(held);
        assert!(places.taken().is_empty());
    }
}
