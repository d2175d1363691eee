//! A state in memory.

use std::collections::{BTreeMap, BTreeSet};

use theriac_crypto::Digest;

use crate::execute::Changeset;
use crate::genesis::{Anchor, GenesisRecords};
use crate::identifier::{ChainId, PackKey, PackLocation, TransactionId};
use crate::record::StoredRecord;
use crate::state::{State, StateUnavailable};
use crate::state_key::StateKey;

/// Committed state in memory. It forgets no transaction id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryState {
    records: BTreeMap<StateKey, StoredRecord>,
    packs: BTreeMap<PackKey, PackLocation>,
    included: BTreeSet<TransactionId>,
    chain_id: ChainId,
    salt: Digest,
}

impl MemoryState {
    /// The state of height 0.
    pub fn genesis(anchor: &Anchor, records: &GenesisRecords) -> Self {
        Self {
            records: records.state(&anchor.validators, &anchor.parameters),
            packs: BTreeMap::new(),
            included: BTreeSet::new(),
            chain_id: anchor.chain_id(),
            salt: records.salt,
        }
    }

    /// Takes over what a block changes.
    pub fn apply(&mut self, changeset: Changeset) {
        self.records.extend(changeset.writes);
        self.included.extend(changeset.transactions);
        for run in changeset.runs {
            for (position, key) in (0..).zip(run.keys.iter()) {
                let location = PackLocation {
                    run: run.run,
                    position,
                };
                self.packs.insert(*key, location);
            }
        }
    }

    /// Every record.
    pub fn records(&self) -> &BTreeMap<StateKey, StoredRecord> {
        &self.records
    }

    /// Where every pack was commissioned.
    pub fn packs(&self) -> &BTreeMap<PackKey, PackLocation> {
        &self.packs
    }

    /// Writes a record past the rules, for what no action does yet (a suspended organisation, a
    /// withdrawn product).
    pub fn put(&mut self, key: StateKey, record: StoredRecord) {
        self.records.insert(key, record);
    }
}

impl State for MemoryState {
    fn record(&self, key: &StateKey) -> Result<Option<StoredRecord>, StateUnavailable> {
        Ok(self.records.get(key).cloned())
    }

    fn find_pack(&self, key: &PackKey) -> Result<Option<PackLocation>, StateUnavailable> {
        Ok(self.packs.get(key).copied())
    }

    fn is_included(&self, id: &TransactionId) -> Result<bool, StateUnavailable> {
        Ok(self.included.contains(id))
    }

    fn chain_id(&self) -> ChainId {
        self.chain_id
    }

    fn salt(&self) -> Digest {
        self.salt
    }
}
