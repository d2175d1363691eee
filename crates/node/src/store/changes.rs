//! Changes of the consortium by the time of their proposal: the state has each under a digest of its name.

use std::ops::Bound;

use theriac_crypto::Digest;
use theriac_ledger::identifier::{ChangeId, Timestamp};
use theriac_ledger::record::{ChangePublic, ChangeRecord, Record as _, StoredRecord};
use theriac_ledger::state_key::StateKey;

use super::StoreError;
use super::disk::{Batch, Space};
use super::view::{View, split};

const WHAT: &str = "list of changes";

/// Lists a record that was written, if it is a change.
pub(super) fn list(batch: &mut Batch, key: &StateKey, record: &StoredRecord) {
    // Whatever reads as a change and stands under the name that it gives itself is one.
    if let Ok(change) = ChangeRecord::load(record)
        && StateKey::change(&change.public.id) == *key
    {
        let entry = entry(change.public.proposed_at, &change.public.id);
        batch.insert(Space::Changes, entry, []);
    }
}

fn entry(proposed_at: Timestamp, id: &ChangeId) -> [u8; 40] {
    let mut key = [0; 40];
    key[..8].copy_from_slice(&proposed_at.0.to_be_bytes());
    key[8..].copy_from_slice(id.0.as_bytes());
    key
}

impl View {
    /// A change on record.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn change(&self, id: &ChangeId) -> Result<Option<ChangePublic>, StoreError> {
        let Some(record) = self.find_record(&StateKey::change(id))? else {
            return Ok(None);
        };
        let record = ChangeRecord::load(&record);
        Ok(Some(
            record.map_err(|e| StoreError::corrupt("change", e))?.public,
        ))
    }

    /// Changes in the order of their proposals, the latest first: those before `before`, or the latest of
    /// all; at most `limit`.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn changes(
        &self,
        before: Option<&ChangePublic>,
        limit: usize,
    ) -> Result<Vec<ChangePublic>, StoreError> {
        let end = before.map(|change| entry(change.proposed_at, &change.id));
        let to = match &end {
            Some(end) => Bound::Excluded(&end[..]),
            None => Bound::Unbounded,
        };
        let keys = self.snapshot.keys(Space::Changes, Bound::Unbounded, to);
        keys.rev()
            .take(limit)
            .map(|key| self.listed(&key.map_err(StoreError::read)?))
            .collect()
    }

    /// Changes that were proposed at a time or later, the oldest first.
    pub(crate) fn changes_since(&self, time: Timestamp) -> Result<Vec<ChangePublic>, StoreError> {
        let start = time.0.to_be_bytes();
        let from = Bound::Included(&start[..]);
        let keys = self.snapshot.keys(Space::Changes, from, Bound::Unbounded);
        keys.map(|key| self.listed(&key.map_err(StoreError::read)?))
            .collect()
    }

    /// The change that an entry of the list names.
    fn listed(&self, entry: &[u8]) -> Result<ChangePublic, StoreError> {
        let (_, id) = split::<8, 32>(entry)
            .ok_or_else(|| StoreError::corrupt(WHAT, "a name has another length"))?;
        let change = self.change(&ChangeId(Digest(id)))?;
        change.ok_or_else(|| StoreError::corrupt(WHAT, "it names no change"))
    }
}
