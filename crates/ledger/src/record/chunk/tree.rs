//! The tree over a chunk's leaves, without its lowest levels.
//!
//! A leaf takes two digests and a chunk has 128 leaves: hundreds of digests for every pack that is
//! dispensed, were the tree made anew each time. What is kept here makes it some tens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use theriac_crypto::{Digest, merkle};

use super::{CHUNK_LENGTH, Chunk};
use crate::constants::CHUNK_PACKS;

/// Leaves below each of the lowest nodes; they are computed again where one of them changed.
const BLOCK: usize = 8;
const BLOCKS: usize = CHUNK_LENGTH / BLOCK;
/// The nodes over blocks of leaves, and what is above them.
const NODES: usize = 2 * BLOCKS - 1;

/// Trees of a generation, of which there are two: a kilobyte each, together the chunks of four
/// million packs.
const GENERATION: usize = 16_384;

/// The nodes of a chunk's tree over eight leaves and more, level by level up to the root.
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
        for (block, node) in nodes.iter_mut().take(BLOCKS).enumerate() {
            let first = block * BLOCK;
            if (changed >> first) & 0xff != 0 {
                *node = merkle::root(&chunk.leaves_from(first, BLOCK));
            }
        }
        for parent in BLOCKS..NODES {
            let left = 2 * (parent - BLOCKS);
            nodes[parent] = merkle::inner(&nodes[left], &nodes[left + 1]);
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

/// Trees of chunks by their roots, so that none grows old: those used last.
#[derive(Debug, Default)]
pub struct ChunkTrees(Mutex<Generations>);

#[derive(Debug, Default)]
struct Generations {
    young: HashMap<Digest, Arc<ChunkTree>>,
    old: HashMap<Digest, Arc<ChunkTree>>,
}

impl ChunkTrees {
    /// The tree with a root, if it is kept.
    pub fn find(&self, root: &Digest) -> Option<Arc<ChunkTree>> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = generations.young.get(root) {
            return Some(Arc::clone(found));
        }
        let found = generations.old.remove(root)?;
        generations.keep(Arc::clone(&found));
        Some(found)
    }

    /// Keeps a tree.
    pub fn keep(&self, tree: Arc<ChunkTree>) {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        generations.keep(tree);
    }

    /// The tree of a chunk, kept from now on: made from the tree that it was read with where that is
    /// kept.
    pub(crate) fn of(&self, chunk: &Chunk) -> Arc<ChunkTree> {
        let before = chunk.read_as.as_ref().and_then(|root| self.find(root));
        let tree = Arc::new(match before {
            Some(before) => before.after(chunk, chunk.changed),
            None => ChunkTree::of(chunk),
        });
        self.keep(Arc::clone(&tree));
        tree
    }
}

impl Generations {
    fn keep(&mut self, tree: Arc<ChunkTree>) {
        if self.young.len() >= GENERATION {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(tree.root(), tree);
    }
}

#[cfg(test)]
mod tests {
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
            let trees = ChunkTrees::default();
            let mut stored = chunk(3).store_with(&trees);
            for (time, places) in (1_000..).zip(steps) {
                let mut chunk = Chunk::load(&stored, 3).unwrap();
                for place in places {
                    chunk.entry_mut(place).unwrap().public.since = Timestamp(time);
                }
                stored = chunk.store_with(&trees);
                prop_assert_eq!(&stored, &chunk.store());
            }
        }
    }
}
