//! The node's store: committed chain, current state, tree, identity lists, undecided bodies,
//! evidence of misbehaviour.
//!
//! Invariants:
//! - a height is committed in one batch, forced to disk before anyone learns of it; a follower that is
//!   behind forces only the last one that it has, and never has one without those before;
//! - readers see whole heights: every read of a [`View`] is of one committed height;
//! - a failed read, write or flush is final: the error is [fatal](StoreError::is_fatal), nothing more
//!   is written, and the process stops ([`Store::failure`]);
//! - bytes that do not decode are an error, never a missing record.

use std::ops::Bound;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use theriac_crypto::Digest;
use theriac_ledger::block::{Block, Header, Parent};
use theriac_ledger::encoding::decode;
use theriac_ledger::execute::DecodedRecords;
use theriac_ledger::identifier::{ChainId, Height, PackKey, PackLocation, TransactionId};
use theriac_ledger::record::StoredRecord;
use theriac_ledger::state::{State, StateUnavailable};
use theriac_ledger::state_key::StateKey;
use theriac_proof::CommitCertificate;
use tokio::sync::watch;

use crate::chunk_trees::ChunkTreeCache;
use crate::genesis::Genesis;
use crate::tree::NodeCache;

mod body;
mod changes;
mod commit;
pub mod disk;
mod error;
mod export;
mod failure;
mod import;
mod misbehaviour;
mod steps;
mod undecided;
mod validators;
mod view;

pub(crate) use body::{STORED_BYTES_MAX, restore as restore_body, roots as block_roots};
pub(crate) use commit::Commit;
use disk::{Disk, FjallDisk, Space, WatchedDisk};
pub use error::{Damage, StoreError, TreeError};
pub(crate) use failure::stop_when_failed;
pub(crate) use import::Import;
pub use misbehaviour::Kept;
pub(crate) use steps::RecordStep;
pub use undecided::UndecidedBody;
pub(crate) use view::read_list;
pub use view::{Proved, View};

/// Version of the layout on disk; another one is refused, not guessed at.
const SCHEMA: u32 = 3;

/// Longest encoded genesis: three lists of 4,096 entries of less than 4 KiB.
const GENESIS_BYTES_MAX: usize = 64 * 1024 * 1024;

const META_SCHEMA: &[u8] = b"schema";
const META_GENESIS: &[u8] = b"genesis";
const META_COMMITTED: &[u8] = b"committed";

/// Trees of chunks in a generation, of which there are two: four kilobytes each, together the chunks of one
/// million packs.
const CHUNK_TREES: usize = 4_096;

/// The store of one node. A clone is another handle to the same store.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
    /// The committed height that readers see.
    current: Arc<RwLock<Arc<View>>>,
}

/// What every view of a store shares.
struct Shared {
    disk: WatchedDisk,
    nodes: NodeCache,
    trees: ChunkTreeCache,
    genesis: Genesis,
    chain: ChainId,
    /// How much evidence of misbehaviour is kept.
    misbehaviour: watch::Sender<usize>,
    /// Held while evidence is counted and written.
    keeping: Mutex<()>,
    /// Held from the writing of blocks until readers see them.
    writing: Mutex<()>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Store")
            .field("chain", &self.shared.chain)
            .field("height", &self.committed().height)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens the store of a folder that [`Self::initialise`] made.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_on(Arc::new(FjallDisk::open(path)?))?.ok_or_else(|| StoreError::NotInitialised {
            path: path.to_owned(),
        })
    }

    /// Opens the store on a disk; none where nothing was written yet.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn open_on(disk: Arc<dyn Disk>) -> Result<Option<Self>, StoreError> {
        let snapshot = disk.snapshot();
        let meta = |key| snapshot.get(Space::Meta, key).map_err(StoreError::read);
        let Some(schema) = meta(META_SCHEMA)? else {
            return Ok(None);
        };
        let schema: u32 = decode(&schema, 4).map_err(|e| StoreError::corrupt("schema", e))?;
        if schema != SCHEMA {
            return Err(StoreError::Schema { found: schema });
        }
        let genesis =
            meta(META_GENESIS)?.ok_or_else(|| StoreError::corrupt("genesis", "it is missing"))?;
        let genesis: Genesis =
            decode(&genesis, GENESIS_BYTES_MAX).map_err(|e| StoreError::corrupt("genesis", e))?;
        Self::over(disk, genesis).map(Some)
    }

    /// Opens the store of a folder, and writes genesis to it where it is new. A store of another
    /// chain is refused and left as it is.
    pub fn initialise(path: &Path, genesis: &Genesis) -> Result<Self, StoreError> {
        let disk = Arc::new(FjallDisk::open(path)?);
        Self::initialise_on(disk, genesis)?.ok_or_else(|| StoreError::OtherChain {
            path: path.to_owned(),
        })
    }

    /// Opens the store on a disk, and writes genesis to it where it is new; none where it holds
    /// another chain.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn initialise_on(
        disk: Arc<dyn Disk>,
        genesis: &Genesis,
    ) -> Result<Option<Self>, StoreError> {
        if let Some(store) = Self::open_on(Arc::clone(&disk))? {
            return Ok((store.shared.genesis == *genesis).then_some(store));
        }
        commit::write_genesis(&*disk, genesis)?;
        Self::over(disk, genesis.clone()).map(Some)
    }

    fn over(disk: Arc<dyn Disk>, genesis: Genesis) -> Result<Self, StoreError> {
        let all = (Bound::Unbounded, Bound::Unbounded);
        let evidence = disk
            .snapshot()
            .keys(Space::Misbehaviour, all.0, all.1)
            .count();
        let shared = Arc::new(Shared {
            disk: WatchedDisk::new(disk),
            nodes: NodeCache::default(),
            trees: ChunkTreeCache::new(CHUNK_TREES),
            chain: genesis.anchor.chain_id(),
            genesis,
            misbehaviour: watch::Sender::new(evidence),
            keeping: Mutex::default(),
            writing: Mutex::default(),
        });
        let mut view = View::open(Arc::clone(&shared))?;
        if steps::catch_up(&shared.disk, &view)? {
            view = View::open(Arc::clone(&shared))?;
        }
        Ok(Self {
            shared,
            current: Arc::new(RwLock::new(Arc::new(view))),
        })
    }

    /// Whether the disk failed, as it changes: whoever met it, the process must stop.
    pub fn failure(&self) -> watch::Receiver<bool> {
        self.shared.disk.failure()
    }

    /// The genesis of the chain, members' half included.
    pub fn genesis(&self) -> &Genesis {
        &self.shared.genesis
    }

    /// The committed height as it is now; it stays what it is while later heights are committed.
    /// Hold it for one piece of work, not for ever: what it shows cannot be cleaned up.
    pub fn view(&self) -> Arc<View> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The last committed block; genesis before the first.
    pub fn committed(&self) -> Parent {
        self.view().parent().clone()
    }

    /// Header and certificate of a committed height.
    pub fn header(
        &self,
        height: Height,
    ) -> Result<Option<(Header, CommitCertificate)>, StoreError> {
        self.view().header(height)
    }

    /// A committed block, whole: identity lists are put back and the result is checked against the
    /// header.
    pub fn block(&self, height: Height) -> Result<Option<Block>, StoreError> {
        self.view().block(height)
    }

    /// Height and index of a committed transaction.
    pub fn transaction_position(
        &self,
        id: &TransactionId,
    ) -> Result<Option<(Height, u32)>, StoreError> {
        self.view().transaction_position(id)
    }

    /// A record (or none) of the committed state with its proof, checked before it is handed out.
    pub fn prove(&self, key: &StateKey) -> Result<Proved, StoreError> {
        self.view().prove(key)
    }

    /// The right to write blocks, one writer at a time.
    fn writing(&self) -> MutexGuard<'_, ()> {
        let writing = &self.shared.writing;
        writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shows readers what was written; `written` are the records that differ.
    fn publish(&self, written: &DecodedRecords) -> Result<(), StoreError> {
        let next = View::open(Arc::clone(&self.shared))?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(next.knowing(current.known_after(written)));
        Ok(())
    }
}

impl State for Store {
    fn record(&self, key: &StateKey) -> Result<Option<StoredRecord>, StateUnavailable> {
        self.view().record(key)
    }

    fn find_pack(&self, key: &PackKey) -> Result<Option<PackLocation>, StateUnavailable> {
        self.view().find_pack(key)
    }

    fn is_included(&self, id: &TransactionId) -> Result<bool, StateUnavailable> {
        self.view().is_included(id)
    }

    fn chain_id(&self) -> ChainId {
        self.shared.chain
    }

    fn salt(&self) -> Digest {
        self.shared.genesis.records.salt
    }
}
