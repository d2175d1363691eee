//! Blocks that were proposed and are not decided yet.
//!
//! The engine's log keeps only their digests and does not deliver a block twice, so a block is on
//! disk before its receipt is acknowledged, and stays until its height is committed.

use std::ops::Bound;

use theriac_ledger::identifier::{BlockDigest, Height};

use super::disk::{Batch, Disk as _, Snapshot, Space};
use super::{Store, StoreError};

/// Undecided blocks kept for one height: each round has one honest proposal, and a height that
/// needs this many rounds is in the hands of the operators.
const BODIES_PER_HEIGHT_MAX: usize = 64;

/// A block that was proposed in a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndecidedBody {
    /// The round.
    pub round: u32,
    /// Digest of the block.
    pub digest: BlockDigest,
    /// The block's canonical bytes.
    pub bytes: Vec<u8>,
}

impl Store {
    /// Keeps the bytes of a block that another validator proposes, unless enough are kept for its
    /// height; says whether they are on disk.
    pub fn put_proposal(
        &self,
        height: Height,
        round: u32,
        digest: &BlockDigest,
        bytes: &[u8],
    ) -> Result<bool, StoreError> {
        let disk = self.shared.disk.snapshot();
        let (first, after) = (height.to_be_bytes(), height.saturating_add(1).to_be_bytes());
        let (first, after) = (Bound::Included(&first[..]), Bound::Excluded(&after[..]));
        let kept = disk.keys(Space::Undecided, first, after).count();
        if kept >= BODIES_PER_HEIGHT_MAX && !has_body(&*disk, height, round, digest)? {
            return Ok(false);
        }
        self.put_body(height, round, digest, bytes)?;
        Ok(true)
    }

    /// Keeps the bytes of a block that this node proposes, or that was decided: nobody's proposals
    /// take its place. They are on disk when this returns; the same block of the same round again
    /// costs nothing.
    pub fn put_body(
        &self,
        height: Height,
        round: u32,
        digest: &BlockDigest,
        bytes: &[u8],
    ) -> Result<(), StoreError> {
        let disk = &self.shared.disk;
        if has_body(&*disk.snapshot(), height, round, digest)? {
            return Ok(());
        }
        let mut batch = Batch::default();
        batch.insert(Space::Undecided, body_key(height, round, digest), bytes);
        disk.write(batch).map_err(StoreError::write)
    }

    /// The blocks proposed for a height, by round.
    pub fn bodies(&self, height: Height) -> Result<Vec<UndecidedBody>, StoreError> {
        let disk = self.shared.disk.snapshot();
        disk.prefix(Space::Undecided, &height.to_be_bytes())
            .map(|entry| {
                let (key, bytes) = entry.map_err(StoreError::read)?;
                parse_key(&key)
                    .map(|(round, digest)| UndecidedBody {
                        round,
                        digest,
                        bytes: bytes.to_vec(),
                    })
                    .ok_or_else(|| StoreError::corrupt("undecided block", "its key is too short"))
            })
            .collect()
    }

    /// The bytes of a proposed block, whichever round it was proposed in.
    pub fn body(
        &self,
        height: Height,
        digest: &BlockDigest,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .bodies(height)?
            .into_iter()
            .find(|body| body.digest == *digest)
            .map(|body| body.bytes))
    }
}

/// Deletes the undecided blocks of a committed height and of those before it.
pub(super) fn forget_undecided(
    batch: &mut Batch,
    disk: &dyn Snapshot,
    height: Height,
) -> Result<(), StoreError> {
    let end = height.saturating_add(1).to_be_bytes();
    for key in disk.keys(Space::Undecided, Bound::Unbounded, Bound::Excluded(&end)) {
        batch.remove(Space::Undecided, key.map_err(StoreError::read)?);
    }
    Ok(())
}

fn has_body(
    disk: &dyn Snapshot,
    height: Height,
    round: u32,
    digest: &BlockDigest,
) -> Result<bool, StoreError> {
    let found = disk.get(Space::Undecided, &body_key(height, round, digest));
    Ok(found.map_err(StoreError::read)?.is_some())
}

fn body_key(height: Height, round: u32, digest: &BlockDigest) -> Vec<u8> {
    let mut key = Vec::with_capacity(44);
    key.extend_from_slice(&height.to_be_bytes());
    key.extend_from_slice(&round.to_be_bytes());
    key.extend_from_slice(digest.0.as_bytes());
    key
}

fn parse_key(key: &[u8]) -> Option<(u32, BlockDigest)> {
    let (round, digest) = key.get(8..)?.split_at_checked(4)?;
    Some((
        u32::from_be_bytes(round.try_into().ok()?),
        BlockDigest(theriac_crypto::Digest(digest.try_into().ok()?)),
    ))
}
