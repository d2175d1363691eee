//! What is disputed about a pack or a unit: transactions of keys that others may have held by then.
//!
//! Looked at is what the present place rests on: the commissioning, every transaction that names the
//! pack, and those that wrote the units and shipments it is in, since it is in them. What moved the units
//! and shipments that it is not in any more is left to provenance: whoever took it out had it in hand.
//! A record names accounts and not keys, so that transactions are read from their blocks, but only from
//! blocks of times at which some key was in doubt: these are few, and in most consortiums there are none.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use theriac_crypto::PublicKey;
use theriac_gs1::Sscc;
use theriac_ledger::action::ActionKind;
use theriac_ledger::block::Block;
use theriac_ledger::constants::NESTING_MAX;
use theriac_ledger::custody::unit_place;
use theriac_ledger::identifier::{AccountId, Height, PackLocation, Timestamp, TransactionId};
use theriac_ledger::record::{
    Chunk, HandlingUnit, KeyRecord, PackEntry, PackPlace, Record, Run, chunk_of,
};
use theriac_ledger::state_key::StateKey;

use crate::store::{RecordStep, StoreError, View};

mod doubts;

use doubts::{Doubts, Heights};

/// Steps of one record that are looked through, the latest ones: a chunk's are those of 128 packs.
const STEPS_MAX: usize = 65_536;

/// Transactions that are read for one answer, the latest ones: packs have some dozens in all.
const READ_MAX: usize = 64;

/// Units in units, and a shipment above them.
const LEVELS_MAX: u8 = NESTING_MAX + 2;

/// Height of a block, and index in it.
type Moment = (Height, u32);

/// What is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A pack.
    Pack(PackLocation),
    /// A handling unit.
    Unit(Sscc),
}

/// A transaction that somebody else may have signed. It stands; whether its account wanted it is for
/// people to find out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// Height of its block.
    pub height: Height,
    /// Its index in the block.
    pub index: u32,
    /// Time of the block.
    pub time: Timestamp,
    /// Its id.
    pub id: TransactionId,
    /// Kind of action, in snake case.
    pub action: &'static str,
    /// The key that signed it.
    pub key: PublicKey,
    /// The account of that key.
    pub account: AccountId,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Disputes {
    /// In the order of the chain.
    pub found: Vec<Dispute>,
    /// Whether there was more to look at than is looked at for one answer, or a block is not here yet.
    pub is_partial: bool,
}

/// Finds what is disputed. Clones share what is kept.
#[derive(Debug, Clone, Default)]
pub struct DisputeFinder {
    doubts: Arc<Mutex<Doubts>>,
}

impl DisputeFinder {
    /// What is disputed about something, in the state of `view`: by the revocations that it has on record.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn find(&self, view: &View, subject: &Subject) -> Result<Disputes, StoreError> {
        let doubtful = {
            let mut doubts = self.doubts.lock().unwrap_or_else(PoisonError::into_inner);
            doubts.follow(view)?
        };
        if doubtful.is_empty() {
            return Ok(Disputes::default());
        }
        let mut search = Search {
            view,
            doubtful: &doubtful,
            moments: BTreeSet::new(),
            is_partial: doubtful.begin_before,
        };
        match subject {
            Subject::Pack(location) => search.pack(location)?,
            Subject::Unit(sscc) => search.unit(sscc)?,
        }
        search.read()
    }
}

struct Search<'v> {
    view: &'v View,
    doubtful: &'v Heights,
    /// Steps in doubtful blocks.
    moments: BTreeSet<Moment>,
    is_partial: bool,
}

impl Search<'_> {
    fn pack(&mut self, location: &PackLocation) -> Result<(), StoreError> {
        let run = StateKey::run(&location.run);
        let (number, place) = chunk_of(location.position);
        let chunk = StateKey::chunk(&location.run, number);
        let entry = match self.view.find_record(&chunk)? {
            Some(record) => {
                let corrupt = |error| StoreError::corrupt("chunk", error);
                let chunk = Chunk::load(&record, number).map_err(corrupt)?;
                *chunk.entry(place).ok_or_else(|| missing("entry"))?
            }
            None => PackEntry::untouched(&self.get::<Run>(&run, "run")?),
        };
        let commissioned = self.steps(&run, |_| true)?;
        self.note(&commissioned);
        // A chunk's list is of all its packs.
        let steps = self.steps(&chunk, |step| step.packs.contains(place))?;
        self.note(&steps);
        self.climb(entry.private.place, steps)
    }

    fn unit(&mut self, sscc: &Sscc) -> Result<(), StoreError> {
        let key = StateKey::unit(sscc);
        let unit: HandlingUnit = self.get(&key, "unit")?;
        let steps = self.steps(&key, |_| true)?;
        self.note(&steps);
        self.climb(unit_place(unit.private.state), steps)
    }

    /// Follows something that has these steps to whatever it is in, and so on.
    fn climb(&mut self, mut place: PackPlace, mut inner: Vec<Moment>) -> Result<(), StoreError> {
        let mut since = Moment::default();
        for _ in 0..LEVELS_MAX {
            let (key, next) = match place {
                PackPlace::Account(_) => return Ok(()),
                PackPlace::Unit(sscc) => {
                    let key = StateKey::unit(&sscc);
                    let unit: HandlingUnit = self.get(&key, "unit")?;
                    (key, Some(unit_place(unit.private.state)))
                }
                PackPlace::Shipment(id) => (StateKey::shipment(&id), None),
            };
            let outer = self.steps(&key, |_| true)?;
            // What put one into the other wrote both, and nothing has since then.
            let mut both = outer.iter().rev();
            if let Some(entered) = both.find(|moment| inner.binary_search(moment).is_ok()) {
                since = since.max(*entered);
            }
            let within = outer.partition_point(|moment| *moment < since);
            self.note(outer.get(within..).unwrap_or_default());
            let Some(next) = next else {
                return Ok(());
            };
            (place, inner) = (next, outer);
        }
        Err(StoreError::corrupt("unit", "it is in itself"))
    }

    /// The steps of a record that are of the thing that is looked at, oldest first.
    fn steps(
        &mut self,
        key: &StateKey,
        is_of: impl Fn(&RecordStep) -> bool,
    ) -> Result<Vec<Moment>, StoreError> {
        let mut steps = VecDeque::new();
        for step in self.view.steps(key) {
            let step = step?;
            if is_of(&step) {
                steps.push_back((step.height, step.index));
            }
            if steps.len() > STEPS_MAX {
                steps.pop_front();
                self.is_partial = true;
            }
        }
        Ok(steps.into())
    }

    fn note(&mut self, moments: &[Moment]) {
        let doubtful = moments
            .iter()
            .filter(|(height, _)| self.doubtful.contain(*height));
        self.moments.extend(doubtful);
    }

    /// Reads the transactions, and judges each by the record of its key.
    fn read(self) -> Result<Disputes, StoreError> {
        let mut is_partial = self.is_partial || self.moments.len() > READ_MAX;
        let mut found = Vec::new();
        let mut last: Option<Block> = None;
        for (height, index) in self.moments.iter().rev().take(READ_MAX) {
            if last
                .as_ref()
                .is_none_or(|last| last.header.height != *height)
            {
                last = self.view.block(*height)?;
            }
            match &last {
                Some(block) => found.extend(self.judge(block, *index)?),
                None => is_partial = true,
            }
        }
        found.reverse();
        Ok(Disputes { found, is_partial })
    }

    fn judge(&self, block: &Block, index: u32) -> Result<Option<Dispute>, StoreError> {
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        let signed = block.transactions.get(place);
        let transaction = &signed.ok_or_else(|| missing("transaction"))?.transaction;
        let (key, time) = (transaction.signer, block.header.time);
        let record: KeyRecord = self.get(&StateKey::key(&key), "key")?;
        if !record.public.is_disputed_at(time) {
            return Ok(None);
        }
        let kind = ActionKind::from_number(transaction.action.kind);
        Ok(Some(Dispute {
            height: block.header.height,
            index,
            time,
            id: transaction.id(&block.header.chain_id),
            action: kind.ok_or_else(|| missing("kind of action"))?.name(),
            key,
            account: record.private.account,
        }))
    }

    fn get<R: Record>(&self, key: &StateKey, what: &'static str) -> Result<R, StoreError> {
        let record = self.view.find_record(key)?.ok_or_else(|| missing(what))?;
        R::load(&record).map_err(|error| StoreError::corrupt(what, error))
    }
}

fn missing(what: &'static str) -> StoreError {
    StoreError::corrupt(what, "what a record or a step names is missing")
}
