//! Filling an empty disk with a state that did not come block by block, and putting older blocks
//! beneath it. Nothing is checked here: see [`crate::snapshot`] and [`crate::backfill`].

use std::sync::Arc;

use theriac_crypto::Digest;
use theriac_ledger::block::{Block, Header, Parent};
use theriac_ledger::encoding::encode;
use theriac_ledger::execute::DecodedRecords;
use theriac_ledger::identifier::{Height, PackKey, RunId};
use theriac_ledger::record::StoredRecord;
use theriac_ledger::state_key::StateKey;
use theriac_proof::CommitCertificate;
use theriac_proof::bundle::ValidatorStep;

use super::disk::{Batch, Change, Disk, Snapshot, Space};
use super::view::{Committed, META_OLDEST};
use super::{META_COMMITTED, META_GENESIS, META_SCHEMA, SCHEMA, Store, StoreError};
use super::{body, commit, steps, validators};
use crate::genesis::Genesis;
use crate::tree::TreeUpdate;

/// Changes, and bytes of them, in one write.
const BATCH_MAX: usize = 16_384;
const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Bytes of older blocks after which others may write: the next height waits meanwhile.
const OLDER_BYTES_MAX: usize = 1024 * 1024;

/// A disk being filled. It holds no store before [`Self::finish`].
#[derive(Debug)]
pub(crate) struct Import {
    disk: Arc<dyn Disk>,
    batch: Batch,
    /// How many changes of the batch are in `bytes`.
    counted: usize,
    bytes: usize,
    runs: u32,
}

impl Import {
    /// Begins on a disk that holds no store; none where it holds one.
    pub(crate) fn begin(disk: Arc<dyn Disk>) -> Result<Option<Self>, StoreError> {
        let schema = disk.snapshot().get(Space::Meta, META_SCHEMA);
        Ok(match schema.map_err(StoreError::read)? {
            Some(_) => None,
            None => Some(Self {
                disk,
                batch: Batch::default(),
                counted: 0,
                bytes: 0,
                runs: 0,
            }),
        })
    }

    /// A record of the state.
    pub(crate) fn record(
        &mut self,
        key: &StateKey,
        record: &StoredRecord,
    ) -> Result<(), StoreError> {
        commit::write_record(&mut self.batch, key, record);
        self.flush(BATCH_MAX)
    }

    /// The packs of a run, in production order.
    pub(crate) fn run(
        &mut self,
        run: RunId,
        identity_root: Digest,
        keys: &[PackKey],
    ) -> Result<(), StoreError> {
        commit::write_run(&mut self.batch, self.runs, run, identity_root, keys);
        self.runs = commit::next_run(self.runs)?;
        self.flush(BATCH_MAX)
    }

    /// A block, its certificate, and the identity roots of its commissionings in order; their lists
    /// must be written already.
    pub(crate) fn block(
        &mut self,
        block: &Block,
        certificate: &CommitCertificate,
        roots: &[Digest],
    ) -> Result<(), StoreError> {
        write_block(&mut self.batch, block, certificate, roots)?;
        self.flush(BATCH_MAX)
    }

    /// A change of the validator set.
    pub(crate) fn validator_step(&mut self, step: &ValidatorStep) -> Result<(), StoreError> {
        validators::write_step(&mut self.batch, step);
        self.flush(BATCH_MAX)
    }

    /// What is written so far.
    pub(crate) fn written(&mut self) -> Result<Arc<dyn Snapshot>, StoreError> {
        self.flush(0)?;
        Ok(self.disk.snapshot())
    }

    /// The tree; then, last of all, what makes it a store.
    pub(crate) fn finish(
        mut self,
        genesis: &Genesis,
        head: &Header,
        oldest: Height,
        tree: &TreeUpdate,
    ) -> Result<(), StoreError> {
        for nodes in tree.nodes.chunks(BATCH_MAX) {
            commit::write_nodes(&mut self.batch, nodes);
            self.flush(BATCH_MAX)?;
        }
        self.flush(0)?;
        let mut last = Batch::default();
        let committed = Committed {
            parent: Parent::of(head),
            runs: self.runs,
        };
        last.insert(Space::Meta, META_COMMITTED, encode(&committed));
        last.insert(Space::Meta, META_OLDEST, oldest.to_be_bytes());
        steps::write_listed(&mut last, head.height);
        last.insert(Space::Meta, META_GENESIS, encode(genesis));
        last.insert(Space::Meta, META_SCHEMA, encode(&SCHEMA));
        self.disk.write(last).map_err(StoreError::write)
    }

    fn flush(&mut self, above: usize) -> Result<(), StoreError> {
        let new = self.batch.0.get(self.counted..).unwrap_or_default();
        self.bytes = self.bytes.saturating_add(value_bytes(new));
        self.counted = self.batch.0.len();
        if self.counted <= above && self.bytes <= BATCH_BYTES_MAX {
            return Ok(());
        }
        (self.counted, self.bytes) = (0, 0);
        let batch = std::mem::take(&mut self.batch);
        self.disk.write(batch).map_err(StoreError::write)
    }
}

impl Store {
    /// Puts blocks beneath the oldest one here, given newest first, each with its certificate and the
    /// identity roots of its commissionings. Large ones are written in turns with new blocks.
    pub(crate) fn put_older(
        &self,
        blocks: &[(Block, CommitCertificate, Vec<Digest>)],
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        let mut bytes = 0usize;
        for (number, (block, certificate, roots)) in blocks.iter().enumerate() {
            let before = batch.0.len();
            write_block(&mut batch, block, certificate, roots)?;
            bytes = bytes.saturating_add(value_bytes(batch.0.get(before..).unwrap_or_default()));
            if bytes > OLDER_BYTES_MAX || number + 1 == blocks.len() {
                let oldest = block.header.height.to_be_bytes();
                batch.insert(Space::Meta, META_OLDEST, oldest);
                let _writing = self.writing();
                let batch = std::mem::take(&mut batch);
                self.shared.disk.write(batch).map_err(StoreError::write)?;
                self.publish(&DecodedRecords::default())?;
                bytes = 0;
            }
        }
        Ok(())
    }

    /// Puts changes of the validators among those here.
    pub(crate) fn put_steps(&self, steps: &[&ValidatorStep]) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        for step in steps {
            validators::write_step(&mut batch, step);
        }
        let _writing = self.writing();
        self.shared.disk.write(batch).map_err(StoreError::write)?;
        self.publish(&DecodedRecords::default())
    }
}

fn value_bytes(changes: &[Change]) -> usize {
    let value = |change: &Change| change.value.as_ref().map_or(0, |value| value.len());
    changes.iter().map(value).fold(0, usize::saturating_add)
}

fn write_block(
    batch: &mut Batch,
    block: &Block,
    certificate: &CommitCertificate,
    roots: &[Digest],
) -> Result<(), StoreError> {
    let header = &block.header;
    commit::write_head(batch, header, certificate);
    let stored = body::store(block, roots)?;
    batch.insert(Space::Blocks, header.height.to_be_bytes(), stored);
    let ids = block.transactions.iter();
    let ids = ids.map(|signed| signed.transaction.id(&header.chain_id));
    commit::write_positions(batch, header.height, ids);
    steps::list_block(batch, block)?;
    Ok(())
}
