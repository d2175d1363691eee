//! Checking a state that came whole: every record has its place, every run its packs.

use std::collections::BTreeMap;

use theriac_crypto::Digest;
use theriac_ledger::constants::CHUNK_PACKS;
use theriac_ledger::identifier::{PackKey, RunId};
use theriac_ledger::record::{
    Chunk, HALF_BYTES_MAX, Organisation, Record as _, Run, StoredRecord, identity_root,
};
use theriac_ledger::state_key::StateKey;

use super::SnapshotError;

/// Length of the public half of a chunk: its root.
const ROOT_BYTES: usize = 32;

/// What was seen of a state so far.
#[derive(Default)]
pub(super) struct Seen {
    /// Runs whose packs came and whose record did not yet.
    runs: BTreeMap<StateKey, (RunId, Digest, u32)>,
    /// Chunks that those runs may have, with their number.
    chunks: BTreeMap<StateKey, u32>,
    last: Option<StateKey>,
    values: BTreeMap<StateKey, Vec<u8>>,
}

impl Seen {
    /// Takes the packs of a run; gives their identity root.
    pub(super) fn run(&mut self, run: RunId, keys: &[PackKey]) -> Result<Digest, SnapshotError> {
        let root = identity_root(keys);
        let count = u32::try_from(keys.len()).unwrap_or(u32::MAX);
        let before = self.runs.insert(StateKey::run(&run), (run, root, count));
        if before.is_some() {
            let found = "its packs come twice";
            return Err(SnapshotError::Run { run, found });
        }
        for number in 0..count.div_ceil(CHUNK_PACKS) {
            self.chunks.insert(StateKey::chunk(&run, number), number);
        }
        Ok(root)
    }

    /// Takes a record, in ascending order of keys.
    pub(super) fn record(
        &mut self,
        key: StateKey,
        record: &StoredRecord,
    ) -> Result<(), SnapshotError> {
        if self.last.is_some_and(|last| last >= key) {
            let found = "records do not ascend";
            return Err(SnapshotError::Order { found });
        }
        self.last = Some(key);
        self.check(&key, record)?;
        self.values.insert(key, record.tree_value());
        Ok(())
    }

    /// What each record puts into the tree, once every run has both its packs and its record.
    pub(super) fn into_values(self) -> Result<BTreeMap<StateKey, Vec<u8>>, SnapshotError> {
        match self.runs.into_values().next() {
            Some((run, ..)) => Err(SnapshotError::Run {
                run,
                found: "its packs came, and the state has no such run",
            }),
            None => Ok(self.values),
        }
    }

    fn check(&mut self, key: &StateKey, record: &StoredRecord) -> Result<(), SnapshotError> {
        let refused = |found| Err(SnapshotError::Record { key: *key, found });
        if record.public.len().max(record.private.len()) > HALF_BYTES_MAX {
            return refused("a half of it is longer than any may be");
        }
        if let Some(number) = self.chunks.get(key) {
            return match Chunk::load(record, *number) {
                Ok(chunk) if chunk.store() == *record => Ok(()),
                _ => refused("the entries of the chunk are others than its root says"),
            };
        }
        if !record.attached.is_empty() {
            return refused("something is attached to it, and it is no chunk of a run");
        }
        // Other records that are public whole have other lengths than a root.
        if record.private.is_empty() && record.public.len() == ROOT_BYTES {
            return refused("it is a chunk of a run whose packs are missing");
        }
        self.check_run(key, record)
    }

    /// Whatever reads as a run must be one whose packs came. Halves of other records have other lengths,
    /// but for an organisation with names to measure: no identity root that anyone can find reads as one.
    fn check_run(&mut self, key: &StateKey, record: &StoredRecord) -> Result<(), SnapshotError> {
        let refused = |found| Err(SnapshotError::Record { key: *key, found });
        let run = Run::load(record);
        let Some((_, root, count)) = self.runs.remove(key) else {
            let is_run = run.is_ok() && Organisation::load(record).is_err();
            return if is_run {
                refused("it is a run whose packs are missing")
            } else {
                Ok(())
            };
        };
        match run {
            Ok(run) if (run.public.identity_root, run.public.count) == (root, count) => Ok(()),
            _ => refused("its packs are others than its identity root says"),
        }
    }
}

#[cfg(test)]
mod tests {
    use theriac_ledger::record::{RunPrivate, RunPublic};

    use super::*;

    /// Lengths by which a run is told from every other record but an organisation: see the records' own
    /// definitions.
    #[test]
    fn the_halves_of_a_run_have_lengths_of_their_own() {
        let run = Run {
            public: RunPublic {
                identity_root: Digest::default(),
                count: 1,
                commissioned_at: theriac_ledger::identifier::Timestamp(1),
            },
            private: RunPrivate {
                account: theriac_ledger::identifier::AccountId(Digest::default()),
                history: theriac_ledger::record::History::default(),
            },
        };
        let stored = run.store();
        assert_eq!((stored.public.len(), stored.private.len()), (44, 64));
    }
}
