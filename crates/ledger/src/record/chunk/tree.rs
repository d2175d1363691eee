//! The tree over a chunk's leaves, without its lowest levels.
//!
//! A leaf takes two digests and a chunk has 128 leaves: hundreds of digests for every pack that is
//! dispensed, were the tree made anew each time. What is kept here makes it some tens.

use theriac_crypto::{Digest, merkle};

use super::{CHUNK_LENGTH, Chunk};
use crate::constants::CHUNK_PACKS;

/// Leaves below each of the lowest nodes; they are computed again where one of them changed.
const BLOCK: usize = 2;
const BLOCKS: usize = CHUNK_LENGTH / BLOCK;
const BLOCK_MASK: u128 = (1 << BLOCK) - 1;
/// The nodes over blocks of leaves, and what is above them.
const NODES: usize = 2 * BLOCKS - 1;

/// The nodes of a chunk's tree over two leaves and more, level by level up to the root; four kilobytes.
/// It stands under its root, so it never grows old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkTree([Digest; NODES]);

impl ChunkTree {
    /// The tree of a chunk.
    pub fn of(chunk: &Chunk) -> Self {
        Self([Digest::ZERO; NODES]).after(chunk, u128::MAX)
    }

    /// The tree of a chunk that differs from this tree's at the `changed` places at most; the lowest
    /// bit is the first of 128.
    #[must_use]
    pub fn after(&self, chunk: &Chunk, changed: u128) -> Self {
        let mut nodes = self.0;
        // Whether a node is another than before.
        let mut dirty = [false; NODES];
        for (block, node) in nodes.iter_mut().take(BLOCKS).enumerate() {
            let first = block * BLOCK;
            if (changed >> first) & BLOCK_MASK != 0 {
                *node = merkle::root(&chunk.leaves_from(first, BLOCK));
                dirty[block] = true;
            }
        }
        for parent in BLOCKS..NODES {
            let left = 2 * (parent - BLOCKS);
            if dirty[left] || dirty[left + 1] {
                nodes[parent] = merkle::inner(&nodes[left], &nodes[left + 1]);
                dirty[parent] = true;
            }
        }
        Self(nodes)
    }

    /// Its root.
    pub fn root(&self) -> Digest {
        self.0[NODES - 1]
    }

    /// The path from the entry at a place up to the root of this tree; none where the chunk is
    /// another's.
    pub fn path(&self, chunk: &Chunk, place: u32) -> Option<Vec<Digest>> {
        let index = usize::try_from(place)
            .ok()
            .filter(|at| *at < CHUNK_LENGTH)?;
        let first = index / BLOCK * BLOCK;
        let leaves = chunk.leaves_from(first, BLOCK);
        let mut path = merkle::prove(&leaves, index - first)?.path;
        let mut node = index / BLOCK;
        while node < NODES - 1 {
            path.push(self.0[node ^ 1]);
            node = BLOCKS + node / 2;
        }
        let proof = merkle::InclusionProof {
            index: place,
            count: CHUNK_PACKS,
            path,
        };
        proof
            .proves(leaves.get(index - first)?, &self.root())
            .then_some(proof.path)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::identifier::{AccountId, Timestamp};
    use crate::record::{EntryPrivate, EntryPublic, History, PackEntry, PackPlace, PackStatus};

    /// A chunk in which every pack has its own time.
    fn chunk(number: u32) -> Chunk {
        let account = AccountId(theriac_crypto::digest("test", b"account"));
        let entry = |place: u32| PackEntry {
            public: EntryPublic {
                status: PackStatus::Active,
                since: Timestamp(place.into()),
            },
            private: EntryPrivate {
                place: PackPlace::Account(account),
                by: account,
                history: History(Digest::ZERO),
            },
        };
        Chunk {
            number,
            entries: (0..CHUNK_PACKS).map(entry).collect(),
            read_as: None,
            changed: 0,
        }
    }

    #[test]
    fn every_entry_has_the_path_that_the_whole_tree_gives_it() {
        let chunk = chunk(3);
        let leaves = chunk.leaves();
        let tree = ChunkTree::of(&chunk);
        assert_eq!(tree.root(), merkle::root(&leaves));
        for place in 0..CHUNK_PACKS {
            let expected = merkle::prove(&leaves, usize::try_from(place).unwrap()).unwrap();
            assert_eq!(tree.path(&chunk, place), Some(expected.path), "{place}");
        }
        assert_eq!(tree.path(&chunk, CHUNK_PACKS), None);
    }

    #[test]
    fn a_tree_gives_no_path_to_the_entries_of_another_chunk() {
        let tree = ChunkTree::of(&chunk(3));
        assert_eq!(tree.path(&chunk(4), 5), None);
        let mut changed = chunk(3);
        changed.entry_mut(5).unwrap().public.status = PackStatus::Stolen;
        assert_eq!(tree.path(&changed, 5), None);
    }

    proptest! {
        #[test]
        fn a_changed_chunk_is_stored_the_same_whether_its_tree_is_kept_or_not(
            steps in prop::collection::vec(prop::collection::vec(0..CHUNK_PACKS, 0..6), 1..5),
        ) {
            let mut tree = Arc::new(chunk(3).tree(|_| None));
            let mut stored = chunk(3).settle(&tree.root());
            for (time, places) in (1_000..).zip(steps) {
                let mut chunk = Chunk::load(&stored, 3).unwrap();
                for place in places {
                    chunk.entry_mut(place).unwrap().public.since = Timestamp(time);
                }
                let kept = Arc::clone(&tree);
                tree = Arc::new(chunk.tree(|root| (*root == kept.root()).then(|| Arc::clone(&kept))));
                stored = chunk.settle(&tree.root());
                prop_assert_eq!(&stored, &chunk.store());
            }
        }
    }
}
