//! What became of transactions that are not on the chain.

use std::collections::{HashMap, VecDeque};

use theriac_ledger::identifier::TransactionId;

use super::TxStatus;

/// Outcomes remembered: at a few hundred bytes each this is some megabytes, and at a hundred
/// refusals a second it is the validity window.
const OUTCOMES_MAX: usize = 16_384;

/// Refused and expired ones, the newest only. A final one is found on the chain.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    by_id: HashMap<TransactionId, TxStatus>,
    /// Order of arrival; may name some that were forgotten.
    order: VecDeque<TransactionId>,
}

impl Outcomes {
    pub(super) fn get(&self, id: &TransactionId) -> Option<TxStatus> {
        self.by_id.get(id).cloned()
    }

    pub(super) fn put(&mut self, id: TransactionId, status: TxStatus) {
        if self.by_id.insert(id, status).is_none() {
            self.order.push_back(id);
        }
        while self.order.len() > OUTCOMES_MAX {
            if let Some(oldest) = self.order.pop_front() {
                self.by_id.remove(&oldest);
            }
        }
    }

    pub(super) fn forget(&mut self, id: &TransactionId) {
        self.by_id.remove(id);
    }
}
