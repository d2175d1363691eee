//! A committed height as it is stored, whole: what a snapshot is written from.

use std::ops::Bound::Unbounded;

use theriac_crypto::Digest;
use theriac_ledger::block::Header;
use theriac_ledger::identifier::{Height, RunId};
use theriac_ledger::record::StoredRecord;
use theriac_ledger::state_key::StateKey;
use theriac_proof::CommitCertificate;

use super::StoreError;
use super::disk::{Bytes, Space};
use super::view::{View, decode_record, decode_run};

impl View {
    /// A block as it is stored: header, certificate, and the body without identity lists.
    pub(crate) fn stored_block(
        &self,
        height: Height,
    ) -> Result<Option<(Header, CommitCertificate, Bytes)>, StoreError> {
        let Some((header, certificate)) = self.header(height)? else {
            return Ok(None);
        };
        let body = self.read(Space::Blocks, &height.to_be_bytes())?;
        let body = body.ok_or_else(|| StoreError::corrupt("block", "a header has no block"))?;
        Ok(Some((header, certificate, body)))
    }

    /// Every record of the state, ascending by key.
    pub(crate) fn records(
        &self,
    ) -> impl Iterator<Item = Result<(StateKey, StoredRecord), StoreError>> + use<> {
        let entries = self.snapshot.range(Space::Records, Unbounded, Unbounded);
        entries.map(|entry| {
            let (key, record) = entry.map_err(StoreError::read)?;
            let key: [u8; 32] = (*key)
                .try_into()
                .map_err(|_| StoreError::corrupt("record", "its key has another length"))?;
            Ok((StateKey(Digest(key)), decode_record(&record)?))
        })
    }

    /// Every run, in local order, with its identity root.
    pub(crate) fn indexed_runs(
        &self,
    ) -> impl Iterator<Item = Result<(RunId, Digest), StoreError>> + use<> {
        let entries = self.snapshot.range(Space::Runs, Unbounded, Unbounded);
        entries.map(|entry| {
            let (_, run) = entry.map_err(StoreError::read)?;
            let run = decode_run(&run)?;
            Ok((run.run, run.identity_root))
        })
    }
}
