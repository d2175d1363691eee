//! Uniqueness of serials, checked once.
//!
//! A commissioning names tens of thousands of pack keys, and looking each of them up takes longer
//! than everything else in a block. So a run that was found to be new when it came is remembered
//! with its keys, and is compared with the runs committed since, not with all that ever were.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use theriac_crypto::Digest;
use theriac_ledger::action::ActionBody;
use theriac_ledger::execute::{CheckedTransaction, KnownRecords, NewRun};
use theriac_ledger::identifier::{ChainId, PackKey, PackLocation, TransactionId};
use theriac_ledger::record::{ChunkTree, StoredRecord};
use theriac_ledger::state::{State, StateUnavailable};
use theriac_ledger::state_key::StateKey;

use crate::store::View;

/// Runs remembered: some blocks full of them. One that is not remembered is looked up.
const SCREENS_MAX: usize = 32;

/// Keys that no committed run has.
type Screen = HashSet<PackKey>;

/// The screens of waiting commissionings.
#[derive(Debug, Default)]
pub(crate) struct Screens(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Number of committed runs that each screen is good for.
    runs: u32,
    by_id: HashMap<TransactionId, Arc<Screen>>,
}

impl Screens {
    /// Remembers that none of a transaction's packs exists in a view, where it is a commissioning.
    pub(super) fn put(&self, view: &View, transaction: &CheckedTransaction) {
        let ActionBody::CommissionRun(run) = transaction.body() else {
            return;
        };
        let screen = Arc::new(run.keys.iter().copied().collect());
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.by_id.is_empty() {
            inner.runs = view.runs();
        }
        // A run committed since the view was taken was not looked at.
        if inner.runs == view.runs() && inner.by_id.len() < SCREENS_MAX {
            inner.by_id.insert(*transaction.id(), screen);
        }
    }

    /// Forgets a transaction that no longer waits.
    pub(super) fn forget(&self, id: &TransactionId) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.by_id.remove(id);
    }

    /// Compares every screen with the runs just committed, and drops those that share a key: the
    /// rules will find which. `runs` is the number of committed runs after that.
    pub(super) fn advance(&self, new: &[NewRun], runs: u32) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = u32::try_from(new.len()).unwrap_or(u32::MAX);
        if inner.runs.checked_add(count) == Some(runs) {
            inner.by_id.retain(|_, screen| {
                !new.iter()
                    .any(|run| run.keys.iter().any(|key| screen.contains(key)))
            });
        } else {
            inner.by_id.clear();
        }
        inner.runs = runs;
    }

    /// A view that knows the screens of these transactions.
    pub(crate) fn over<'v>(
        &self,
        view: &'v View,
        transactions: &[Arc<CheckedTransaction>],
    ) -> Screened<'v> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let screens = if inner.runs == view.runs() {
            transactions
                .iter()
                .filter_map(|transaction| inner.by_id.get(transaction.id()).cloned())
                .collect()
        } else {
            Vec::new()
        };
        Screened { view, screens }
    }
}

/// Committed state that answers for screened packs without looking them up.
#[derive(Debug)]
pub(crate) struct Screened<'v> {
    view: &'v View,
    screens: Vec<Arc<Screen>>,
}

impl State for Screened<'_> {
    fn record(&self, key: &StateKey) -> Result<Option<StoredRecord>, StateUnavailable> {
        self.view.record(key)
    }

    fn find_pack(&self, key: &PackKey) -> Result<Option<PackLocation>, StateUnavailable> {
        if self.screens.iter().any(|screen| screen.contains(key)) {
            return Ok(None);
        }
        self.view.find_pack(key)
    }

    fn is_included(&self, id: &TransactionId) -> Result<bool, StateUnavailable> {
        self.view.is_included(id)
    }

    fn chain_id(&self) -> ChainId {
        self.view.chain_id()
    }

    fn salt(&self) -> Digest {
        self.view.salt()
    }

    fn known(&self) -> Option<&KnownRecords> {
        self.view.known()
    }

    fn chunk_tree(&self, root: &Digest) -> Option<Arc<ChunkTree>> {
        self.view.chunk_tree(root)
    }
}
