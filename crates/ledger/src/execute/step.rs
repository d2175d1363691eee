//! One transaction's own view of the state, dropped when the transaction is rejected.

use std::sync::Arc;

use super::overlay::{Historied, Overlay, PublicWhole, Tabled};
use super::{BlockContext, NewRun, Refusal};
use crate::identifier::{PackKey, PackLocation, RunId, Timestamp, TransactionId};
use crate::record::{Chunk, History, Run};
use crate::rejection::WindowRejection;
use crate::state::{State, StateUnavailable};

/// Where in the block the transaction stands, and how much room is left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) index: u32,
    pub(crate) work_left: u64,
    pub(crate) work_max: u64,
    pub(crate) block_is_empty: bool,
}

/// A transaction in progress.
#[derive(Debug)]
pub(crate) struct Step<'a, S: State + ?Sized> {
    state: &'a S,
    context: BlockContext,
    block_reads: &'a mut Overlay,
    block: &'a Overlay,
    limits: Limits,
    id: TransactionId,
    seen: Overlay,
    writes: Overlay,
    run: Option<NewRun>,
    /// One for the transaction, and one for each record that it looks up. What it writes without
    /// looking has a name that is new by itself; docs/ledger-format.md, section 8, lists all.
    work: u64,
    /// The last step of history, because neighbours mostly share theirs.
    last_history: Option<(History, History)>,
}

/// What a transaction changes.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) writes: Overlay,
    pub(crate) run: Option<NewRun>,
    pub(crate) work: u64,
}

impl<'a, S: State + ?Sized> Step<'a, S> {
    pub(super) fn begin(
        state: &'a S,
        context: BlockContext,
        block_reads: &'a mut Overlay,
        block: &'a Overlay,
        limits: Limits,
        id: TransactionId,
    ) -> Self {
        Self {
            state,
            context,
            block_reads,
            block,
            limits,
            id,
            seen: Overlay::default(),
            writes: Overlay::default(),
            run: None,
            work: 1,
            last_history: None,
        }
    }

    pub(super) fn finish(self) -> Outcome {
        Outcome {
            writes: self.writes,
            run: self.run,
            work: self.work,
        }
    }

    /// Block time.
    pub(crate) fn time(&self) -> Timestamp {
        self.context.time
    }

    /// The transaction's id.
    pub(crate) fn id(&self) -> &TransactionId {
        &self.id
    }

    /// A record as this transaction sees it.
    pub(crate) fn get<T: Tabled>(&mut self, key: &T::Key) -> Result<Option<Arc<T>>, Refusal> {
        if let Some(record) = self.writes.get::<T>(key).or_else(|| self.seen.get(key)) {
            return Ok(Some(Arc::clone(record)));
        }
        if T::IS_WORK {
            self.spend()?;
        }
        let record = self.before::<T>(key)?;
        if let Some(record) = &record {
            self.seen.put(*key, Arc::clone(record));
        }
        Ok(record)
    }

    /// Writes a record: its history takes one step from what it was before this transaction,
    /// however often the transaction writes it.
    pub(crate) fn put<T: Historied>(&mut self, key: T::Key, mut record: T) -> Result<(), Refusal> {
        let previous = self.before::<T>(&key)?;
        let previous = previous.map_or(History(self.state.salt()), |record| record.history());
        record.set_history(self.next_history(previous));
        self.writes.put(key, Arc::new(record));
        Ok(())
    }

    /// Writes a record that is public whole.
    pub(crate) fn put_public<T: PublicWhole>(&mut self, key: T::Key, record: T) {
        self.writes.put(key, Arc::new(record));
    }

    /// A record as the block before left it, whatever this block has changed of it.
    pub(crate) fn committed<T: Tabled>(&self, key: &T::Key) -> Result<Option<Arc<T>>, Refusal> {
        Ok(committed(self.state, key)?)
    }

    /// A chunk, to be changed and handed back to [`Self::put_chunk`].
    pub(crate) fn take_chunk(
        &mut self,
        id: RunId,
        run: &Run,
        number: u32,
    ) -> Result<Chunk, Refusal> {
        let key = (id, number);
        if let Some(chunk) = self.writes.take::<Chunk>(&key) {
            return Ok(Arc::unwrap_or_clone(chunk));
        }
        let chunk = self.get::<Chunk>(&key)?;
        Ok(chunk.map_or_else(|| Chunk::untouched(run, number), Arc::unwrap_or_clone))
    }

    /// Writes a chunk; the history of each changed entry has taken its step before.
    pub(crate) fn put_chunk(&mut self, run: RunId, number: u32, chunk: Chunk) {
        self.writes.put((run, number), Arc::new(chunk));
    }

    /// The history after this transaction.
    pub(crate) fn next_history(&mut self, previous: History) -> History {
        match self.last_history {
            Some((from, to)) if from == previous => to,
            _ => {
                let next = previous.next(self.context.height, self.limits.index, &self.id);
                self.last_history = Some((previous, next));
                next
            }
        }
    }

    /// Where a pack was commissioned, earlier in this block included.
    pub(crate) fn find_pack(&self, key: &PackKey) -> Result<Option<PackLocation>, Refusal> {
        match self.block.packs.get(key) {
            Some(location) => Ok(Some(*location)),
            None => Ok(self.state.find_pack(key)?),
        }
    }

    /// Notes the packs of a new run.
    pub(crate) fn put_packs(&mut self, run: NewRun) {
        for (position, key) in (0..).zip(run.keys.iter()) {
            let location = PackLocation {
                run: run.run,
                position,
            };
            self.writes.packs.insert(*key, location);
        }
        self.run = Some(run);
    }

    /// A record as it was before this transaction.
    fn before<T: Tabled>(&mut self, key: &T::Key) -> Result<Option<Arc<T>>, StateUnavailable> {
        let known = self.block.get::<T>(key);
        if let Some(record) = known.or_else(|| self.block_reads.get(key)) {
            return Ok(Some(Arc::clone(record)));
        }
        let record = committed::<T, S>(self.state, key)?;
        if let Some(record) = &record {
            self.block_reads.put(*key, Arc::clone(record));
        }
        Ok(record)
    }

    fn spend(&mut self) -> Result<(), WindowRejection> {
        self.work = self.work.saturating_add(1);
        if self.work <= self.limits.work_left {
            Ok(())
        } else if self.limits.block_is_empty || self.work > self.limits.work_max {
            let max = self.limits.work_max;
            Err(WindowRejection::TooMuchWork { max })
        } else {
            Err(WindowRejection::BlockFull)
        }
    }
}

/// A committed record.
pub(super) fn committed<T: Tabled, S: State + ?Sized>(
    state: &S,
    key: &T::Key,
) -> Result<Option<Arc<T>>, StateUnavailable> {
    let known = state.known();
    if let Some(record) = known.and_then(|known| known.get::<T>(key)) {
        return Ok(Some(record));
    }
    let state_key = T::state_key(key);
    let Some(stored) = state.record(&state_key)? else {
        return Ok(None);
    };
    let record = T::read(&stored, key).map_err(|source| StateUnavailable::Damaged {
        key: state_key,
        source,
    })?;
    let record = Arc::new(record);
    if let Some(known) = known {
        known.put(*key, Arc::clone(&record));
    }
    Ok(Some(record))
}
