//! Committed records that were decoded before.
//!
//! Most transactions read the same few accounts, products, lots and runs. A state that keeps what was read
//! of it spares every later transaction the disk and the decoding. It saves time, and never changes what
//! comes out: what is known of a state is what [`State::record`](crate::state::State::record) gives.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::overlay::{Overlay, Tabled};

/// Chunks kept, some fifteen kilobytes each.
const CHUNKS_MAX: usize = 1_024;

/// Other records kept, some hundred bytes each.
const OTHERS_MAX: usize = 32_768;

/// Records as a block leaves them, decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecodedRecords(pub(super) Overlay);

/// What is known of one state. Bounded: when there is too much of it, it begins anew.
#[derive(Debug, Default)]
pub struct KnownRecords(Mutex<Overlay>);

impl KnownRecords {
    pub(super) fn get<T: Tabled>(&self, key: &T::Key) -> Option<Arc<T>> {
        self.lock().get::<T>(key).map(Arc::clone)
    }

    pub(super) fn put<T: Tabled>(&self, key: T::Key, record: Arc<T>) {
        let mut known = self.lock();
        known.put(key, record);
        bound(&mut known);
    }

    /// What is known of the state after a block that wrote these records. Of the state before, nothing is
    /// known any more: whoever still reads it learns it again.
    #[must_use]
    pub fn after(&self, written: &DecodedRecords) -> Self {
        let mut known = std::mem::take(&mut *self.lock());
        known.absorb(written.0.clone());
        bound(&mut known);
        Self(Mutex::new(known))
    }

    fn lock(&self) -> MutexGuard<'_, Overlay> {
        // Each record is put in whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bound(known: &mut Overlay) {
    if known.chunk_count() > CHUNKS_MAX || known.other_count() > OTHERS_MAX {
        *known = Overlay::default();
    }
}
