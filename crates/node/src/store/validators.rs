//! Changes of the validator set: each header that announces another set, with its certificate and the set.
//! They are few, and kept apart from headers, so that a node which began from a snapshot has all of them.

use std::ops::Bound;
use std::sync::Arc;

use theriac_ledger::block::Header;
use theriac_ledger::encoding::{decode, encode};
use theriac_ledger::execute::Changeset;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::Height;
use theriac_ledger::record::{Record as _, ValidatorsRecord};
use theriac_ledger::state_key::StateKey;
use theriac_ledger::validator::ValidatorSet;
use theriac_proof::CommitCertificate;
use theriac_proof::bundle::{CertifiedHeader, ValidatorStep};
use theriac_proof::light::{Checkpoint, Trust};

use super::StoreError;
use super::disk::{Batch, Snapshot, Space};
use super::view::View;

/// Longest step: a header, 64 signatures of 96 bytes, and 64 validators of 40 bytes.
const STEP_BYTES_MAX: usize = 16 * 1024;

const WHAT: &str = "change of the validators";

/// Writes the change that a block announces, if it announces one.
pub(super) fn write(
    batch: &mut Batch,
    header: &Header,
    certificate: &CommitCertificate,
    changes: &Changeset,
) -> Result<(), StoreError> {
    if header.next_validators == header.validators {
        return Ok(());
    }
    let record = changes.writes.get(&StateKey::validators());
    let record = record.ok_or_else(|| StoreError::corrupt(WHAT, "no record was written"))?;
    let record = ValidatorsRecord::load(record).map_err(|e| StoreError::corrupt(WHAT, e))?;
    write_step(
        batch,
        &ValidatorStep {
            head: CertifiedHeader {
                header: header.clone(),
                certificate: certificate.clone(),
                signers: None,
            },
            next: record.public,
        },
    );
    Ok(())
}

/// Writes a change.
pub(super) fn write_step(batch: &mut Batch, step: &ValidatorStep) {
    let height = step.head.header.height.to_be_bytes();
    batch.insert(Space::Validators, height, encode(step));
}

/// The set that signs a height: the one of the last change below it, if there is one.
pub(super) fn find(
    disk: &dyn Snapshot,
    height: Height,
) -> Result<Option<ValidatorSet>, StoreError> {
    let end = height.to_be_bytes();
    let mut below = disk.keys(
        Space::Validators,
        Bound::Unbounded,
        Bound::Excluded(&end[..]),
    );
    let Some(last) = below.next_back() else {
        return Ok(None);
    };
    let last = last.map_err(StoreError::read)?;
    let bytes = disk.get(Space::Validators, &last);
    let bytes = bytes.map_err(StoreError::read)?;
    let bytes = bytes.ok_or_else(|| StoreError::corrupt(WHAT, "it is missing"))?;
    Ok(Some(read(&bytes)?.next))
}

fn read(bytes: &[u8]) -> Result<ValidatorStep, StoreError> {
    decode(bytes, STEP_BYTES_MAX).map_err(|error| StoreError::corrupt(WHAT, error))
}

impl View {
    /// The public half of the genesis.
    pub fn anchor(&self) -> &Anchor {
        &self.shared.genesis.anchor
    }

    /// The set that signs a height up to the next one.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn validators_at(&self, height: Height) -> Result<Arc<ValidatorSet>, StoreError> {
        if height > self.parent().height {
            return Ok(Arc::clone(self.validators()));
        }
        Ok(match find(&*self.snapshot, height)? {
            Some(set) => Arc::new(set),
            None => Arc::new(self.shared.genesis.anchor.validators.clone()),
        })
    }

    /// Changes of the set above a height, ascending; at most `limit`.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn validator_steps(
        &self,
        after: Height,
        limit: usize,
    ) -> Result<Vec<ValidatorStep>, StoreError> {
        let first = after.saturating_add(1).to_be_bytes();
        let from = Bound::Included(&first[..]);
        let steps = self
            .snapshot
            .range(Space::Validators, from, Bound::Unbounded);
        steps
            .take(limit)
            .map(|entry| read(&entry.map_err(StoreError::read)?.1))
            .collect()
    }

    /// Trust in the set that signs a height, for whoever judges evidence of that height.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub(super) fn trust_at(&self, height: Height) -> Result<Trust, StoreError> {
        let anchor = self.anchor();
        let parent = self.parent();
        Ok(Trust::from_checkpoint(Checkpoint {
            chain_id: parent.chain_id,
            height: height
                .min(parent.height.saturating_add(1))
                .saturating_sub(1),
            block: parent.digest,
            time: anchor.time,
            next_validators: ValidatorSet::clone(&*self.validators_at(height)?),
        }))
    }
}
