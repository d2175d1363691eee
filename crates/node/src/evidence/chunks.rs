//! Paths from packs up to the roots of their chunks.

use std::sync::Arc;

use theriac_crypto::Digest;
use theriac_ledger::record::{Chunk, ChunkTree};

use crate::chunk_trees::ChunkTreeCache;

/// Trees of a generation, of which there are two: together those of ten million packs, four kilobytes each.
const GENERATION: usize = 40_960;

/// The trees of the chunks that were asked for last.
#[derive(Debug)]
pub(super) struct Chunks(ChunkTreeCache);

impl Default for Chunks {
    fn default() -> Self {
        Self(ChunkTreeCache::new(GENERATION))
    }
}

impl Chunks {
    /// The path from the pack at `place` up to `root`; none where the entries have another root, because
    /// they were damaged on disk, or are another chunk's. `known` is the tree where the state has kept it.
    pub(super) fn path(
        &self,
        known: Option<Arc<ChunkTree>>,
        root: &Digest,
        chunk: &Chunk,
        place: u32,
    ) -> Option<Vec<Digest>> {
        let kept = known.or_else(|| self.0.find(root));
        let tree = if let Some(kept) = kept {
            kept
        } else {
            let tree = Arc::new(ChunkTree::of(chunk));
            self.0.keep(Arc::clone(&tree));
            tree
        };
        tree.path(chunk, place).filter(|_| tree.root() == *root)
    }
}

#[cfg(test)]
mod tests {
    use theriac_crypto::merkle;
    use theriac_ledger::constants::CHUNK_PACKS;
    use theriac_ledger::identifier::{AccountId, Timestamp};
    use theriac_ledger::record::{
        EntryPrivate, EntryPublic, History, PackEntry, PackPlace, PackStatus, Run, RunPrivate,
        RunPublic,
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
        let run = Run {
            public: RunPublic {
                identity_root: Digest::ZERO,
                count: CHUNK_PACKS,
                commissioned_at: Timestamp(0),
            },
            private: RunPrivate {
                account,
                history: History(Digest::ZERO),
            },
        };
        let mut chunk = Chunk::untouched(&run, number);
        for place in 0..CHUNK_PACKS {
            *chunk.entry_mut(place).unwrap() = entry(place);
        }
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
                let path = chunks.path(None, &root, &chunk, place).unwrap();
                let expected = merkle::prove(&leaves, usize::try_from(place).unwrap());
                assert_eq!(path, expected.unwrap().path, "{place}");
            }
        }
    }

    #[test]
    fn entries_that_have_another_root_have_no_path() {
        let (chunk, root) = chunk(3);
        let chunks = Chunks::default();
        assert!(chunks.path(None, &root, &chunk, 5).is_some());
        let mut changed = chunk.clone();
        changed.entry_mut(5).unwrap().public.status = PackStatus::Stolen;
        assert_eq!(chunks.path(None, &root, &changed, 5), None);
        // Nor where it is not kept yet.
        assert_eq!(Chunks::default().path(None, &root, &changed, 5), None);
        let (other, _) = self::chunk(4);
        assert_eq!(chunks.path(None, &root, &other, 5), None);
        assert_eq!(chunks.path(None, &root, &chunk, 128), None);
    }

    #[test]
    fn a_tree_that_the_state_has_kept_is_checked_like_any_other() {
        let ((chunk, root), (other, other_root)) = (chunk(3), chunk(4));
        let tree = Arc::new(ChunkTree::of(&chunk));
        let path = |chunk, root| Chunks::default().path(Some(Arc::clone(&tree)), root, chunk, 5);
        assert!(path(&chunk, &root).is_some());
        assert_eq!(path(&other, &root), None);
        assert_eq!(path(&other, &other_root), None);
    }
}
