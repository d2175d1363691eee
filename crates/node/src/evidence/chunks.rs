//! The trees of chunks: their upper levels, kept by root.
//!
//! A chunk's tree has 128 leaves of two digests each, which is most of the work of a bundle. What is
//! kept stands under the root that it belongs to, so it never grows old; how much is kept is bounded,
//! what was not asked for in a long time goes first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use theriac_crypto::{Digest, merkle};
use theriac_ledger::constants::CHUNK_PACKS;
use theriac_ledger::record::{Chunk, PackEntry};

use crate::generations::Generations;

/// Leaves below each kept node; they are computed again for each proof.
const BLOCK: usize = 8;
/// Nodes that are kept of a chunk: sixteen over blocks of leaves, and what is above them.
const NODES: usize = 31;
/// Chunks of a generation, of which there are two: together the chunks of ten million packs, a
/// kilobyte each.
const GENERATION: usize = 40_960;

/// Nodes over blocks of leaves, then the level above them, up to the root.
type Upper = [Digest; NODES];

/// The upper levels of the chunks used last.
#[derive(Debug)]
pub(super) struct Chunks(Mutex<Generations<Digest, Arc<Upper>>>);

impl Default for Chunks {
    fn default() -> Self {
        Self(Mutex::new(Generations::new(GENERATION)))
    }
}

impl Chunks {
    /// The path from the pack at `place` up to `root`; none where the entries have another root.
    /// `first` is the position of the chunk's first pack in its run.
    pub(super) fn path(
        &self,
        root: &Digest,
        chunk: &Chunk,
        first: u32,
        place: u32,
    ) -> Option<Vec<Digest>> {
        let kept = self.lock().get(root);
        let upper = if let Some(kept) = kept {
            kept
        } else {
            let upper = Arc::new(upper(&chunk.leaves())?);
            self.lock().put(*root, Arc::clone(&upper), 1);
            upper
        };
        let index = usize::try_from(place).ok()?;
        let start = index / BLOCK * BLOCK;
        let entries = chunk.entries().get(start..start + BLOCK)?;
        let leaves = leaves(entries, first.checked_add(u32::try_from(start).ok()?)?);
        let proof = merkle::prove(&leaves, index - start)?;
        let mut path = proof.path;
        path.extend(siblings(&upper, index / BLOCK)?);
        let whole = merkle::InclusionProof {
            index: place,
            count: CHUNK_PACKS,
            path,
        };
        // Entries that were damaged on disk, or are another chunk's, lead elsewhere.
        whole
            .proves(leaves.get(index - start)?, root)
            .then_some(whole.path)
    }

    fn lock(&self) -> MutexGuard<'_, Generations<Digest, Arc<Upper>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn leaves(entries: &[PackEntry], first: u32) -> Vec<Digest> {
    (first..)
        .zip(entries)
        .map(|(position, entry)| entry.leaf(position))
        .collect()
}

/// The levels above blocks of leaves; none where there are not as many leaves as a chunk has.
fn upper(leaves: &[Digest]) -> Option<Upper> {
    let mut nodes = Vec::with_capacity(NODES);
    let mut level: Vec<Digest> = leaves.chunks(BLOCK).map(merkle::root).collect();
    while level.len() > 1 {
        nodes.extend_from_slice(&level);
        level = level.chunks(2).map(merkle::root).collect();
    }
    nodes.extend(level);
    nodes.try_into().ok()
}

/// The sibling on each level, from the node over a block of leaves up.
fn siblings(upper: &Upper, block: usize) -> Option<Vec<Digest>> {
    let (mut start, mut width, mut place) = (0, upper.len().div_ceil(2), block);
    let mut siblings = Vec::new();
    while width > 1 {
        siblings.push(*upper.get(start + (place ^ 1))?);
        start += width;
        width /= 2;
        place /= 2;
    }
    Some(siblings)
}

#[cfg(test)]
mod tests {
    use theriac_ledger::identifier::{AccountId, Timestamp};
    use theriac_ledger::record::{
        EntryPrivate, EntryPublic, History, PackPlace, PackStatus, StoredRecord,
    };

    use super::*;

    /// A chunk in which every seventh pack is dispensed.
    fn chunk(number: u32) -> (Chunk, Digest) {
        let account = AccountId(theriac_crypto::digest("test", b"account"));
        let entry = |place: u32| PackEntry {
            public: EntryPublic {
                status: if place.is_multiple_of(7) {
                    PackStatus::Dispensed
                } else {
                    PackStatus::Active
                },
                since: Timestamp(u64::from(place)),
            },
            private: EntryPrivate {
                place: PackPlace::Account(account),
                by: account,
                history: History(Digest::ZERO),
            },
        };
        let spans: Vec<(u8, PackEntry)> = (0..CHUNK_PACKS).map(|place| (1, entry(place))).collect();
        let stored = StoredRecord {
            public: Vec::new(),
            private: Vec::new(),
            attached: theriac_ledger::encoding::encode(&spans),
        };
        let chunk = Chunk::load(&stored, number).unwrap();
        let root = chunk.root();
        (chunk, root)
    }

    #[test]
    fn every_pack_of_a_chunk_has_its_path_whether_the_chunk_is_kept_or_not() {
        let (chunk, root) = chunk(3);
        let leaves = chunk.leaves();
        let chunks = Chunks::default();
        for _ in 0..2 {
            for place in 0..CHUNK_PACKS {
                let path = chunks.path(&root, &chunk, 3 * CHUNK_PACKS, place).unwrap();
                let expected = merkle::prove(&leaves, usize::try_from(place).unwrap());
                assert_eq!(path, expected.unwrap().path, "{place}");
            }
        }
    }

    #[test]
    fn entries_that_have_another_root_have_no_path() {
        let (chunk, root) = chunk(3);
        let chunks = Chunks::default();
        assert!(chunks.path(&root, &chunk, 3 * CHUNK_PACKS, 5).is_some());
        let mut changed = chunk.clone();
        changed.entry_mut(5).unwrap().public.status = PackStatus::Stolen;
        assert_eq!(chunks.path(&root, &changed, 3 * CHUNK_PACKS, 5), None);
        // Nor where it is not kept yet.
        assert_eq!(
            Chunks::default().path(&root, &changed, 3 * CHUNK_PACKS, 5),
            None
        );
        assert_eq!(chunks.path(&root, &chunk, 4 * CHUNK_PACKS, 5), None);
        assert_eq!(chunks.path(&root, &chunk, 3 * CHUNK_PACKS, 128), None);
    }
}
