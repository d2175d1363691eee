//! One committed height, as a reader sees it.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use jmt::storage::Node;
use theriac_crypto::Digest;
use theriac_ledger::block::{Block, Header, Parent};
use theriac_ledger::constants::RUN_PACKS_MAX;
use theriac_ledger::encoding::decode;
use theriac_ledger::execute::{DecodedRecords, KnownRecords};
use theriac_ledger::identifier::{ChainId, Height, PackKey, PackLocation, RunId, TransactionId};
use theriac_ledger::record::{ChunkTree, HALF_BYTES_MAX, StoredRecord};
use theriac_ledger::state::{State, StateUnavailable};
use theriac_ledger::state_key::StateKey;
use theriac_ledger::validator::ValidatorSet;
use theriac_proof::CommitCertificate;
use theriac_proof::state::StateProof;

use super::disk::{Bytes, Disk as _, Snapshot, Space};
use super::{META_COMMITTED, Shared, StoreError, body, validators};
use crate::tree::{self, NodeName, Nodes, TreeError};

/// Longest header with its certificate: 64 signatures of 96 bytes, and room.
const HEADER_BYTES_MAX: usize = 16 * 1024;
/// Longest stored record: two halves and as much attached.
const RECORD_BYTES_MAX: usize = 3 * HALF_BYTES_MAX;
/// Longest tree node: sixteen children of less than 64 bytes.
const NODE_BYTES_MAX: usize = 2 * 1024;
/// Longest name of a run with its identity root.
const RUN_BYTES_MAX: usize = 256;

/// The oldest height whose block is here; where it is missing, the first.
pub(super) const META_OLDEST: &[u8] = b"oldest";

/// What is committed, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Committed {
    /// What the next block follows from.
    pub(super) parent: Parent,
    /// Number of runs ever committed: the local number of the next one.
    pub(super) runs: u32,
}

/// A run as the pack index names it.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(super) struct IndexedRun {
    pub(super) run: RunId,
    pub(super) identity_root: Digest,
}

/// A record of the state (or none), with the proof that it is the one.
#[derive(Debug, Clone)]
pub struct Proved {
    /// The block whose `state_root` the proof is under; genesis before the first block.
    pub parent: Parent,
    /// Its header and certificate; none for genesis.
    pub header: Option<(Header, CommitCertificate)>,
    /// The record, private half included; none where the key is absent.
    pub record: Option<StoredRecord>,
    /// The proof of the record's tree value, or of its absence.
    pub proof: StateProof,
}

/// One committed height. All reads are of that height, whatever is committed meanwhile.
pub struct View {
    pub(super) shared: Arc<Shared>,
    pub(super) snapshot: Arc<dyn Snapshot>,
    committed: Committed,
    oldest: Height,
    validators: Arc<ValidatorSet>,
    known: KnownRecords,
}

impl std::fmt::Debug for View {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("View")
            .field("committed", &self.committed)
            .finish_non_exhaustive()
    }
}

impl View {
    /// The height that is committed now.
    pub(super) fn open(shared: Arc<Shared>) -> Result<Self, StoreError> {
        let snapshot = shared.disk.snapshot();
        let bytes = snapshot
            .get(Space::Meta, META_COMMITTED)
            .map_err(StoreError::read)?
            .ok_or_else(|| StoreError::corrupt("committed height", "it is missing"))?;
        let committed: Committed =
            decode(&bytes, 1_024).map_err(|e| StoreError::corrupt("committed height", e))?;
        let oldest = snapshot.get(Space::Meta, META_OLDEST);
        let oldest = match oldest.map_err(StoreError::read)? {
            Some(bytes) => (*bytes)
                .try_into()
                .map(Height::from_be_bytes)
                .map_err(|_| StoreError::corrupt("oldest height", "it has another length"))?,
            None => 1,
        };
        let next = committed.parent.height.saturating_add(1);
        let validators = match validators::find(&*snapshot, next)? {
            Some(set) => set,
            None => shared.genesis.anchor.validators.clone(),
        };
        if validators.digest() != committed.parent.next_validators {
            let found = "they are not those that the last block announces";
            return Err(StoreError::corrupt("validators", found));
        }
        Ok(Self {
            shared,
            snapshot,
            committed,
            oldest,
            validators: Arc::new(validators),
            known: KnownRecords::default(),
        })
    }

    /// The same, with what is known of its state.
    pub(super) fn knowing(mut self, known: KnownRecords) -> Self {
        self.known = known;
        self
    }

    /// What is known of the state that follows when these records are written.
    pub(super) fn known_after(&self, written: &DecodedRecords) -> KnownRecords {
        self.known.after(written)
    }

    /// The oldest height whose block is here: 1, unless this node joined from a snapshot and still
    /// fetches the blocks before it.
    pub fn oldest(&self) -> Height {
        self.oldest
    }

    /// What the next block follows from.
    pub fn parent(&self) -> &Parent {
        &self.committed.parent
    }

    /// The set that signs the next height.
    pub fn validators(&self) -> &Arc<ValidatorSet> {
        &self.validators
    }

    /// Number of runs ever committed.
    pub(crate) fn runs(&self) -> u32 {
        self.committed.runs
    }

    /// Header and certificate of a height up to this one.
    pub fn header(
        &self,
        height: Height,
    ) -> Result<Option<(Header, CommitCertificate)>, StoreError> {
        self.read(Space::Headers, &height.to_be_bytes())?
            .map(|bytes| {
                decode(&bytes, HEADER_BYTES_MAX).map_err(|e| StoreError::corrupt("header", e))
            })
            .transpose()
    }

    /// The block of a height up to this one, whole and checked against its header.
    pub fn block(&self, height: Height) -> Result<Option<Block>, StoreError> {
        let Some((header, _)) = self.header(height)? else {
            return Ok(None);
        };
        let bytes = self
            .read(Space::Blocks, &height.to_be_bytes())?
            .ok_or_else(|| StoreError::corrupt("block", "a header has no block"))?;
        let (block, _) = body::restore(header, &bytes, |root| {
            read_list(&*self.snapshot, root)?
                .ok_or_else(|| StoreError::corrupt("identity list", "it is missing"))
        })?;
        Ok(Some(block))
    }

    /// The pack keys of a run in production order, by its `identity_root`. The bytes are as stored:
    /// whoever needs certainty computes the root again.
    pub fn identity_list(&self, root: &Digest) -> Result<Option<Vec<PackKey>>, StoreError> {
        read_list(&*self.snapshot, root)
    }

    /// Height and index of a transaction up to this height.
    pub fn transaction_position(
        &self,
        id: &TransactionId,
    ) -> Result<Option<(Height, u32)>, StoreError> {
        let Some(bytes) = self.read(Space::Transactions, id.0.as_bytes())? else {
            return Ok(None);
        };
        let (height, index) = split::<8, 4>(&bytes)
            .ok_or_else(|| StoreError::corrupt("transaction position", "it has another length"))?;
        Ok(Some((
            Height::from_be_bytes(height),
            u32::from_be_bytes(index),
        )))
    }

    /// The record of a key.
    pub fn find_record(&self, key: &StateKey) -> Result<Option<StoredRecord>, StoreError> {
        self.read(Space::Records, key.0.as_bytes())?
            .map(|bytes| decode_record(&bytes))
            .transpose()
    }

    /// Where a pack was commissioned.
    pub fn locate(&self, key: &PackKey) -> Result<Option<PackLocation>, StoreError> {
        let Some(bytes) = self.read(Space::Packs, &key.0)? else {
            return Ok(None);
        };
        let (number, position) = split::<4, 4>(&bytes)
            .ok_or_else(|| StoreError::corrupt("pack index", "an entry has another length"))?;
        let run = self
            .read(Space::Runs, &number)?
            .ok_or_else(|| StoreError::corrupt("pack index", "an entry names no run"))?;
        Ok(Some(PackLocation {
            run: decode_run(&run)?.run,
            position: u32::from_be_bytes(position),
        }))
    }

    /// A record (or none) with its proof under this height's `state_root`. The proof is verified
    /// before it is handed out, so that damage on disk never leaves this node.
    pub fn prove(&self, key: &StateKey) -> Result<Proved, StoreError> {
        let parent = self.parent().clone();
        let record = self.find_record(key)?;
        let proof = tree::prove(&Stored(self), parent.height, key)?;
        match &record {
            Some(record) => proof.verify_present(&parent.state_root, key, &record.tree_value()),
            None => proof.verify_absent(&parent.state_root, key),
        }
        .map_err(|e| StoreError::corrupt("state tree", e))?;
        Ok(Proved {
            header: match parent.height {
                0 => None,
                height => self.header(height)?,
            },
            parent,
            record,
            proof,
        })
    }

    /// The tree of this height.
    pub(crate) fn nodes(&self) -> impl Nodes + '_ {
        Stored(self)
    }

    pub(super) fn read(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        self.snapshot.get(space, key).map_err(StoreError::read)
    }
}

/// The pack keys of a run in production order, by its identity root.
pub(crate) fn read_list(
    disk: &dyn Snapshot,
    root: &Digest,
) -> Result<Option<Vec<PackKey>>, StoreError> {
    let bytes = disk.get(Space::Lists, root.as_bytes());
    let Some(bytes) = bytes.map_err(StoreError::read)? else {
        return Ok(None);
    };
    let (keys, rest) = bytes.as_chunks::<16>();
    if !rest.is_empty() || keys.len() > RUN_PACKS_MAX {
        return Err(StoreError::corrupt(
            "identity list",
            "it has another length",
        ));
    }
    Ok(Some(keys.iter().copied().map(PackKey).collect()))
}

pub(super) fn decode_record(bytes: &[u8]) -> Result<StoredRecord, StoreError> {
    decode(bytes, RECORD_BYTES_MAX).map_err(|e| StoreError::corrupt("record", e))
}

pub(super) fn decode_run(bytes: &[u8]) -> Result<IndexedRun, StoreError> {
    decode(bytes, RUN_BYTES_MAX).map_err(|e| StoreError::corrupt("run", e))
}

/// Splits bytes into two parts of fixed length.
pub(super) fn split<const LEFT: usize, const RIGHT: usize>(
    bytes: &[u8],
) -> Option<([u8; LEFT], [u8; RIGHT])> {
    let (left, right) = bytes.split_at_checked(LEFT)?;
    Some((left.try_into().ok()?, right.try_into().ok()?))
}

impl State for View {
    fn record(&self, key: &StateKey) -> Result<Option<StoredRecord>, StateUnavailable> {
        Ok(self.find_record(key)?)
    }

    fn find_pack(&self, key: &PackKey) -> Result<Option<PackLocation>, StateUnavailable> {
        Ok(self.locate(key)?)
    }

    fn is_included(&self, id: &TransactionId) -> Result<bool, StateUnavailable> {
        // All ids ever, not only those of the last validity window: an older one is past its
        // `valid_until`, so that its transaction is refused either way.
        Ok(self.transaction_position(id)?.is_some())
    }

    fn chain_id(&self) -> ChainId {
        self.shared.chain
    }

    fn salt(&self) -> Digest {
        self.shared.genesis.records.salt
    }

    fn known(&self) -> Option<&KnownRecords> {
        Some(&self.known)
    }

    fn chunk_tree(&self, root: &Digest) -> Option<Arc<ChunkTree>> {
        self.shared.trees.find(root)
    }
}

/// The nodes of a view: the cache first.
struct Stored<'v>(&'v View);

impl Nodes for Stored<'_> {
    fn node(&self, name: &NodeName) -> Result<Option<Node>, TreeError> {
        let nodes = &self.0.shared.nodes;
        if let Some(node) = nodes.get(name) {
            return Ok(Some(node));
        }
        let Some(bytes) = self
            .0
            .read(Space::Nodes, name.as_bytes())
            .map_err(Box::new)?
        else {
            return Ok(None);
        };
        let node: Node = decode(&bytes, NODE_BYTES_MAX)?;
        nodes.put(name.clone(), node.clone());
        Ok(Some(node))
    }
}
