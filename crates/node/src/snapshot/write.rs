//! Writing a snapshot of a committed height.

use theriac_ledger::encoding::{BoundedBytes, BoundedList, encode};

use super::extent::covers_window;
use super::frame::{Frame, RECORDS_BYTES, RECORDS_MAX, preamble};
use super::{Extent, SnapshotError};
use crate::store::{StoreError, View};

/// Takes the bytes, piece by piece; each at most some megabytes.
pub type Sink<'s> = dyn FnMut(Vec<u8>) -> Result<(), SnapshotError> + 's;

/// Writes the state of a view and its blocks. Reads the disk all the while: call it on a thread that may
/// block.
///
/// # Errors
///
/// [`SnapshotError`]: the store's, or the sink's.
pub fn write(view: &View, extent: Extent, sink: &mut Sink<'_>) -> Result<(), SnapshotError> {
    let (header, certificate) = view
        .header(view.parent().height)?
        .ok_or(SnapshotError::NoBlock)?;
    sink(preamble())?;
    let head = header.clone();
    sink(
        Frame::Head {
            header,
            certificate,
        }
        .encode(),
    )?;
    for step in view.validator_steps(0, usize::MAX)? {
        sink(Frame::Step(Box::new(step)).encode())?;
    }
    write_runs(view, sink)?;
    write_records(view, sink)?;
    let mut height = head.height;
    loop {
        let (header, certificate, body) = view
            .stored_block(height)?
            .ok_or_else(|| StoreError::corrupt("block", "a height is missing"))?;
        let body = BoundedBytes::new(body.to_vec());
        let body = body.map_err(|error| StoreError::corrupt("block", error))?;
        let is_enough = extent == Extent::Window && covers_window(&header, &head);
        let frame = Frame::Block {
            header,
            certificate,
            body,
        };
        sink(frame.encode())?;
        if is_enough || height <= view.oldest() {
            break;
        }
        height = height.saturating_sub(1);
    }
    sink(Frame::End.encode())
}

fn write_runs(view: &View, sink: &mut Sink<'_>) -> Result<(), SnapshotError> {
    for run in view.indexed_runs() {
        let (run, root) = run?;
        let keys = view.identity_list(&root)?;
        let keys = keys.ok_or_else(|| StoreError::corrupt("identity list", "it is missing"))?;
        let keys = BoundedList::new(keys);
        let keys = keys.map_err(|error| StoreError::corrupt("identity list", error))?;
        sink(Frame::Run { run, keys }.encode())?;
    }
    Ok(())
}

fn write_records(view: &View, sink: &mut Sink<'_>) -> Result<(), SnapshotError> {
    let mut frame = Vec::new();
    let mut bytes = 0usize;
    for record in view.records() {
        let record = record?;
        bytes = bytes.saturating_add(encode(&record).len());
        frame.push(record);
        if frame.len() == RECORDS_MAX || bytes >= RECORDS_BYTES {
            sink(records(std::mem::take(&mut frame))?)?;
            bytes = 0;
        }
    }
    if !frame.is_empty() {
        sink(records(frame)?)?;
    }
    Ok(())
}

fn records(
    records: Vec<(
        theriac_ledger::state_key::StateKey,
        theriac_ledger::record::StoredRecord,
    )>,
) -> Result<Vec<u8>, StoreError> {
    let records = BoundedList::new(records);
    let records = records.map_err(|error| StoreError::corrupt("record", error))?;
    Ok(Frame::Records(records).encode())
}
