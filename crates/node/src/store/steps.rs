//! The steps of every record: which transactions wrote it, by their places in the chain.
//!
//! The list is written in the batch of the height that it is about. A store of a program that kept
//! none gets it from its blocks when it is opened: what a transaction writes follows from the
//! transaction alone.

use theriac_ledger::block::Block;
use theriac_ledger::execute::{Changeset, PackMask, WrittenRecords, written};
use theriac_ledger::identifier::{Height, TransactionId};
use theriac_ledger::state_key::StateKey;

use super::StoreError;
use super::disk::{Batch, Disk, Space};
use super::view::{View, split};

/// The last height whose steps are listed.
const META_STEPS: &[u8] = b"steps";

/// Steps, or blocks, in one batch while the list is made anew: some megabytes of memory.
const BATCH_MAX: usize = 16_384;

/// One step of a record's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecordStep {
    /// Height of the block.
    pub(crate) height: Height,
    /// Index of the transaction in it.
    pub(crate) index: u32,
    /// The transaction.
    pub(crate) id: TransactionId,
    /// Of a chunk: the packs whose entries took the step.
    pub(crate) packs: PackMask,
}

/// Writes the steps of the next height.
pub(super) fn write(batch: &mut Batch, changes: &Changeset) {
    let transactions = changes.transactions.iter().zip(&changes.steps);
    for (index, (id, records)) in (0u32..).zip(transactions) {
        put(batch, (changes.height, index), id, records);
    }
    write_listed(batch, changes.height);
}

/// Says that the steps of every block here up to a height are listed.
pub(super) fn write_listed(batch: &mut Batch, height: Height) {
    batch.insert(Space::Meta, META_STEPS, height.to_be_bytes());
}

/// Lists the steps of the heights that are committed without; says whether there were any.
pub(super) fn catch_up(disk: &dyn Disk, view: &View) -> Result<bool, StoreError> {
    let last = view.parent().height;
    let listed = listed(view)?;
    if listed >= last {
        return Ok(false);
    }
    tracing::info!(
        listed,
        last,
        "listing the steps of records in blocks {listed} to {last}, once"
    );
    let mut height = listed;
    while height < last {
        let mut batch = Batch::default();
        let mut size = 0usize;
        while height < last && size < BATCH_MAX {
            height = height.saturating_add(1);
            let block = view.block(height)?;
            let block = block.ok_or_else(|| StoreError::corrupt("block", "a height is missing"))?;
            size = size.saturating_add(1 + list_block(&mut batch, &block)?);
        }
        write_listed(&mut batch, height);
        disk.write(batch).map_err(StoreError::write)?;
    }
    Ok(true)
}

/// Lists the steps of one committed block; gives their number.
pub(super) fn list_block(batch: &mut Batch, block: &Block) -> Result<usize, StoreError> {
    let height = block.header.height;
    let mut size = 0usize;
    for (index, signed) in (0u32..).zip(&block.transactions) {
        let body = signed.transaction.action.decode();
        let body = body.map_err(|error| StoreError::corrupt("block", error))?;
        let id = signed.transaction.id(&block.header.chain_id);
        let records = written(&body, &id);
        size = size.saturating_add(records.len());
        put(batch, (height, index), &id, &records);
    }
    Ok(size)
}

fn listed(view: &View) -> Result<Height, StoreError> {
    let Some(bytes) = view.read(Space::Meta, META_STEPS)? else {
        return Ok(0);
    };
    let bytes: [u8; 8] = (*bytes)
        .try_into()
        .map_err(|_| StoreError::corrupt("list of steps", "its height has another length"))?;
    Ok(Height::from_be_bytes(bytes))
}

/// Key: state key, height u64, index u32. Value: transaction id; of a chunk also its packs u128.
fn put(
    batch: &mut Batch,
    (height, index): (Height, u32),
    id: &TransactionId,
    records: &WrittenRecords,
) {
    for (key, packs) in records {
        let mut name = Vec::with_capacity(44);
        name.extend_from_slice(key.0.as_bytes());
        name.extend_from_slice(&height.to_be_bytes());
        name.extend_from_slice(&index.to_be_bytes());
        let mut value = id.0.as_bytes().to_vec();
        if *packs != PackMask::default() {
            value.extend_from_slice(&packs.0.to_be_bytes());
        }
        batch.insert(Space::Steps, name, value);
    }
}

impl View {
    /// The steps of a record up to this height, oldest first.
    pub(crate) fn steps(
        &self,
        key: &StateKey,
    ) -> impl Iterator<Item = Result<RecordStep, StoreError>> + use<> {
        let steps = self.snapshot.prefix(Space::Steps, key.0.as_bytes());
        steps.map(|entry| {
            let (name, value) = entry.map_err(StoreError::read)?;
            read(&name, &value)
                .ok_or_else(|| StoreError::corrupt("list of steps", "a step has another length"))
        })
    }
}

fn read(name: &[u8], value: &[u8]) -> Option<RecordStep> {
    let (_, place) = name.split_at_checked(32)?;
    let (height, index) = split::<8, 4>(place)?;
    let (id, packs) = value.split_at_checked(32)?;
    let packs = match packs {
        [] => PackMask::default(),
        packs => PackMask(u128::from_be_bytes(packs.try_into().ok()?)),
    };
    Some(RecordStep {
        height: Height::from_be_bytes(height),
        index: u32::from_be_bytes(index),
        id: TransactionId(theriac_crypto::Digest(id.try_into().ok()?)),
        packs,
    })
}
