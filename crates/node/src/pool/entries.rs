//! The waiting transactions, in order.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use theriac_crypto::PublicKey;
use theriac_ledger::execute::CheckedTransaction;
use theriac_ledger::identifier::{AccountId, Timestamp, TransactionId};
use tokio::sync::watch;

use super::{PoolLimits, PoolSize, TxStatus};

/// A waiting transaction.
#[derive(Debug)]
pub(super) struct Entry {
    transaction: Arc<CheckedTransaction>,
    account: AccountId,
    sequence: u64,
    status: watch::Sender<TxStatus>,
}

impl Entry {
    /// Tells whoever waits.
    pub(super) fn tell(&self, status: &TxStatus) {
        self.status.send_replace(status.clone());
    }
}

#[derive(Debug, Default)]
pub(super) struct Entries {
    by_id: HashMap<TransactionId, Entry>,
    /// Order of arrival.
    order: BTreeMap<u64, TransactionId>,
    shares: HashMap<AccountId, usize>,
    /// To be taken for gossip, in that order; may name transactions that have left.
    fresh: VecDeque<TransactionId>,
    bytes: usize,
    next: u64,
}

impl Entries {
    pub(super) fn contains(&self, id: &TransactionId) -> bool {
        self.by_id.contains_key(id)
    }

    pub(super) fn size(&self) -> PoolSize {
        PoolSize {
            transactions: self.by_id.len(),
            bytes: self.bytes,
            fresh: self.fresh.len(),
        }
    }

    /// Whether a transaction of that length finds room.
    pub(super) fn has_room(&self, limits: &PoolLimits, account: &AccountId, length: usize) -> bool {
        let share = self.shares.get(account).copied().unwrap_or(0);
        self.bytes.saturating_add(length) <= limits.bytes
            && share.saturating_add(length) <= limits.account_bytes
    }

    pub(super) fn insert(
        &mut self,
        transaction: Arc<CheckedTransaction>,
        account: AccountId,
        is_fresh: bool,
    ) {
        let id = *transaction.id();
        let length = transaction.encoded_len();
        self.bytes = self.bytes.saturating_add(length);
        let share = self.shares.entry(account).or_default();
        *share = share.saturating_add(length);
        self.order.insert(self.next, id);
        if is_fresh {
            self.fresh.push_back(id);
        }
        let entry = Entry {
            transaction,
            account,
            sequence: self.next,
            status: watch::Sender::new(TxStatus::Pending),
        };
        self.by_id.insert(id, entry);
        self.next = self.next.saturating_add(1);
    }

    pub(super) fn remove(&mut self, id: &TransactionId) -> Option<Entry> {
        let entry = self.by_id.remove(id)?;
        self.order.remove(&entry.sequence);
        let length = entry.transaction.encoded_len();
        self.bytes = self.bytes.saturating_sub(length);
        if let Some(share) = self.shares.get_mut(&entry.account) {
            *share = share.saturating_sub(length);
            if *share == 0 {
                self.shares.remove(&entry.account);
            }
        }
        Some(entry)
    }

    pub(super) fn subscribe(&self, id: &TransactionId) -> Option<watch::Receiver<TxStatus>> {
        self.by_id.get(id).map(|entry| entry.status.subscribe())
    }

    /// In order of arrival: those that still fit. One that does not fit is passed over, and comes
    /// first the next time.
    pub(super) fn first(&self, bytes_max: usize) -> Vec<Arc<CheckedTransaction>> {
        let mut left = bytes_max;
        self.in_order()
            .filter(
                |transaction| match left.checked_sub(transaction.encoded_len()) {
                    Some(rest) => {
                        left = rest;
                        true
                    }
                    None => false,
                },
            )
            .cloned()
            .collect()
    }

    /// The oldest ones up to a length each.
    pub(super) fn oldest(&self, count: usize, length_max: usize) -> Vec<Arc<CheckedTransaction>> {
        self.in_order()
            .filter(|transaction| transaction.encoded_len() <= length_max)
            .take(count)
            .cloned()
            .collect()
    }

    /// What a signer has waiting, in order.
    pub(super) fn of_signer(
        &self,
        signer: &PublicKey,
        count: usize,
    ) -> Vec<Arc<CheckedTransaction>> {
        self.in_order()
            .filter(|transaction| transaction.signed().transaction.signer == *signer)
            .take(count)
            .cloned()
            .collect()
    }

    /// Takes fresh ones in order, at least one where there is one.
    pub(super) fn take_fresh(&mut self, bytes_max: usize) -> Vec<Arc<CheckedTransaction>> {
        let mut taken = Vec::new();
        let mut left = bytes_max;
        while let Some(id) = self.fresh.front() {
            if let Some(entry) = self.by_id.get(id) {
                let length = entry.transaction.encoded_len();
                if length > left && !taken.is_empty() {
                    break;
                }
                left = left.saturating_sub(length);
                taken.push(Arc::clone(&entry.transaction));
            }
            self.fresh.pop_front();
        }
        taken
    }

    /// Lets the oldest ones be taken for gossip again, before what is fresh: it may build on them.
    pub(super) fn freshen(&mut self, count: usize) {
        let oldest: HashSet<TransactionId> = self.order.values().take(count).copied().collect();
        let rest = self.fresh.iter().filter(|id| !oldest.contains(*id));
        let oldest = self.order.values().take(count);
        self.fresh = oldest.chain(rest).copied().collect();
    }

    /// Those that no block later than `time` may include.
    pub(super) fn expired(&self, time: Timestamp) -> Vec<TransactionId> {
        self.in_order()
            .filter(|transaction| transaction.signed().transaction.valid_until <= time)
            .map(|transaction| *transaction.id())
            .collect()
    }

    fn in_order(&self) -> impl Iterator<Item = &Arc<CheckedTransaction>> {
        self.order
            .values()
            .filter_map(|id| self.by_id.get(id))
            .map(|entry| &entry.transaction)
    }
}
