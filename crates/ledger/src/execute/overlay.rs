//! Typed records above the stored state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use theriac_crypto::PublicKey;
use theriac_gs1::{Gtin, Sscc};

use crate::encoding::DecodeError;
use crate::identifier::{
    AccountId, ChangeId, OrganisationId, PackKey, PackLocation, RunId, ShipmentId,
};
use crate::record::{
    Account, ChangeRecord, Chunk, ChunkTree, HandlingUnit, History, KeyRecord, LotName, LotRecord,
    Organisation, ParametersRecord, PrefixBucket, Prefixes, Product, Record, Run, SeatRecord,
    Shipment, StoredRecord, ValidatorsRecord,
};
use crate::state::State;
use crate::state_key::StateKey;

/// Records by their names, decoded once and shared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Overlay {
    organisations: BTreeMap<OrganisationId, Arc<Organisation>>,
    accounts: BTreeMap<AccountId, Arc<Account>>,
    keys: BTreeMap<PublicKey, Arc<KeyRecord>>,
    products: BTreeMap<Gtin, Arc<Product>>,
    lots: BTreeMap<LotName, Arc<LotRecord>>,
    runs: BTreeMap<RunId, Arc<Run>>,
    units: BTreeMap<Sscc, Arc<HandlingUnit>>,
    shipments: BTreeMap<ShipmentId, Arc<Shipment>>,
    prefixes: BTreeMap<PrefixBucket, Arc<Prefixes>>,
    changes: BTreeMap<ChangeId, Arc<ChangeRecord>>,
    seats: BTreeMap<PublicKey, Arc<SeatRecord>>,
    validators: BTreeMap<(), Arc<ValidatorsRecord>>,
    parameters: BTreeMap<(), Arc<ParametersRecord>>,
    chunks: BTreeMap<(RunId, u32), Arc<Chunk>>,
    /// Packs that came into being, for the uniqueness of serials within the block.
    pub(super) packs: BTreeMap<PackKey, PackLocation>,
}

/// A kind of record with a table in the overlay.
pub(crate) trait Tabled: Sized {
    /// Its name.
    type Key: Copy + Ord;
    /// Whether reading one is part of a transaction's work; the signer's own records are not.
    const IS_WORK: bool;

    fn state_key(key: &Self::Key) -> StateKey;
    fn table(overlay: &Overlay) -> &BTreeMap<Self::Key, Arc<Self>>;
    fn table_mut(overlay: &mut Overlay) -> &mut BTreeMap<Self::Key, Arc<Self>>;
    fn read(stored: &StoredRecord, key: &Self::Key) -> Result<Self, DecodeError>;
}

/// A record whose private half ends in one history; a chunk has one in each entry instead.
pub(crate) trait Historied: Tabled {
    fn history(&self) -> History;
    fn set_history(&mut self, history: History);
}

/// A record that is public whole: it has no private half, and so no history.
pub(crate) trait PublicWhole: Tabled {}

macro_rules! tabled {
    ($($record:ident: $key:ty, $table:ident, work $work:literal, $name:pat => $state_key:expr;)+) => {
        $(
            impl Tabled for $record {
                type Key = $key;
                const IS_WORK: bool = $work;

                fn state_key($name: &$key) -> StateKey {
                    $state_key
                }

                fn table(overlay: &Overlay) -> &BTreeMap<$key, Arc<Self>> {
                    &overlay.$table
                }

                fn table_mut(overlay: &mut Overlay) -> &mut BTreeMap<$key, Arc<Self>> {
                    &mut overlay.$table
                }

                fn read(stored: &StoredRecord, _: &$key) -> Result<Self, DecodeError> {
                    Self::load(stored)
                }
            }
        )+
    };
}

macro_rules! historied {
    ($($record:ident),+ $(,)?) => {
        $(
            impl Historied for $record {
                fn history(&self) -> History {
                    self.private.history
                }

                fn set_history(&mut self, history: History) {
                    self.private.history = history;
                }
            }
        )+
    };
}

tabled! {
    Organisation: OrganisationId, organisations, work false, id => StateKey::organisation(id);
    Account: AccountId, accounts, work false, id => StateKey::account(id);
    KeyRecord: PublicKey, keys, work false, key => StateKey::key(key);
    Product: Gtin, products, work true, gtin => StateKey::product(gtin);
    LotRecord: LotName, lots, work true, name => StateKey::lot(&name.gtin, &name.lot);
    Run: RunId, runs, work true, run => StateKey::run(run);
    HandlingUnit: Sscc, units, work true, sscc => StateKey::unit(sscc);
    Shipment: ShipmentId, shipments, work true, id => StateKey::shipment(id);
    Prefixes: PrefixBucket, prefixes, work true, bucket => StateKey::prefixes(bucket);
    ChangeRecord: ChangeId, changes, work true, id => StateKey::change(id);
    SeatRecord: PublicKey, seats, work true, validator => StateKey::seat(validator);
    ValidatorsRecord: (), validators, work false, () => StateKey::validators();
    ParametersRecord: (), parameters, work false, () => StateKey::parameters();
}

historied!(
    Organisation,
    Account,
    KeyRecord,
    Product,
    LotRecord,
    Run,
    HandlingUnit,
    Shipment,
    Prefixes,
);

impl PublicWhole for ChangeRecord {}
impl PublicWhole for SeatRecord {}
impl PublicWhole for ValidatorsRecord {}
impl PublicWhole for ParametersRecord {}

impl Tabled for Chunk {
    type Key = (RunId, u32);
    const IS_WORK: bool = true;

    fn state_key((run, number): &Self::Key) -> StateKey {
        StateKey::chunk(run, *number)
    }

    fn table(overlay: &Overlay) -> &BTreeMap<Self::Key, Arc<Self>> {
        &overlay.chunks
    }

    fn table_mut(overlay: &mut Overlay) -> &mut BTreeMap<Self::Key, Arc<Self>> {
        &mut overlay.chunks
    }

    fn read(stored: &StoredRecord, (_, number): &Self::Key) -> Result<Self, DecodeError> {
        Self::load(stored, *number)
    }
}

impl Overlay {
    pub(super) fn get<T: Tabled>(&self, key: &T::Key) -> Option<&Arc<T>> {
        T::table(self).get(key)
    }

    pub(super) fn put<T: Tabled>(&mut self, key: T::Key, record: Arc<T>) {
        T::table_mut(self).insert(key, record);
    }

    pub(super) fn take<T: Tabled>(&mut self, key: &T::Key) -> Option<Arc<T>> {
        T::table_mut(self).remove(key)
    }

    /// Takes over the records of a later overlay.
    pub(super) fn absorb(&mut self, later: Self) {
        self.organisations.extend(later.organisations);
        self.accounts.extend(later.accounts);
        self.keys.extend(later.keys);
        self.products.extend(later.products);
        self.lots.extend(later.lots);
        self.runs.extend(later.runs);
        self.units.extend(later.units);
        self.shipments.extend(later.shipments);
        self.prefixes.extend(later.prefixes);
        self.changes.extend(later.changes);
        self.seats.extend(later.seats);
        self.validators.extend(later.validators);
        self.parameters.extend(later.parameters);
        self.chunks.extend(later.chunks);
        self.packs.extend(later.packs);
    }

    /// The key of every record.
    pub(super) fn state_keys(&self) -> BTreeSet<StateKey> {
        let mut keys = BTreeSet::new();
        self.add_keys::<Organisation>(&mut keys);
        self.add_keys::<Account>(&mut keys);
        self.add_keys::<KeyRecord>(&mut keys);
        self.add_keys::<Product>(&mut keys);
        self.add_keys::<LotRecord>(&mut keys);
        self.add_keys::<Run>(&mut keys);
        self.add_keys::<HandlingUnit>(&mut keys);
        self.add_keys::<Shipment>(&mut keys);
        self.add_keys::<Prefixes>(&mut keys);
        self.add_keys::<ChangeRecord>(&mut keys);
        self.add_keys::<SeatRecord>(&mut keys);
        self.add_keys::<ValidatorsRecord>(&mut keys);
        self.add_keys::<ParametersRecord>(&mut keys);
        self.add_keys::<Chunk>(&mut keys);
        keys
    }

    fn add_keys<T: Tabled>(&self, keys: &mut BTreeSet<StateKey>) {
        keys.extend(T::table(self).keys().map(T::state_key));
    }

    /// The stored form of every record, and the trees of the chunks among them. What is left here is as
    /// if it had been read from that form.
    pub(super) fn store<S: State + ?Sized>(
        &mut self,
        state: &S,
    ) -> (BTreeMap<StateKey, StoredRecord>, Vec<Arc<ChunkTree>>) {
        let mut stored = BTreeMap::new();
        self.store_table::<Organisation>(&mut stored);
        self.store_table::<Account>(&mut stored);
        self.store_table::<KeyRecord>(&mut stored);
        self.store_table::<Product>(&mut stored);
        self.store_table::<LotRecord>(&mut stored);
        self.store_table::<Run>(&mut stored);
        self.store_table::<HandlingUnit>(&mut stored);
        self.store_table::<Shipment>(&mut stored);
        self.store_table::<Prefixes>(&mut stored);
        self.store_table::<ChangeRecord>(&mut stored);
        self.store_table::<SeatRecord>(&mut stored);
        self.store_table::<ValidatorsRecord>(&mut stored);
        self.store_table::<ParametersRecord>(&mut stored);
        let mut trees = Vec::with_capacity(self.chunks.len());
        for ((run, number), chunk) in &mut self.chunks {
            let tree = Arc::new(chunk.tree(|root| state.chunk_tree(root)));
            let record = Arc::make_mut(chunk).settle(&tree.root());
            stored.insert(StateKey::chunk(run, *number), record);
            trees.push(tree);
        }
        self.packs.clear();
        (stored, trees)
    }

    /// Number of chunks: the largest of all records.
    pub(super) fn chunk_count(&self) -> usize {
        self.chunks.len()
    }

    /// Number of records that are no chunks.
    pub(super) fn other_count(&self) -> usize {
        [
            self.organisations.len(),
            self.accounts.len(),
            self.keys.len(),
            self.products.len(),
            self.lots.len(),
            self.runs.len(),
            self.units.len(),
            self.shipments.len(),
            self.prefixes.len(),
            self.changes.len(),
            self.seats.len(),
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }

    fn store_table<T: Tabled + Record>(&self, stored: &mut BTreeMap<StateKey, StoredRecord>) {
        for (key, record) in T::table(self) {
            stored.insert(T::state_key(key), record.store());
        }
    }
}
