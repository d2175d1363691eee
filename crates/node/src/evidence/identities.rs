//! The packs of a run, sorted by key, with as much of their Merkle tree as makes proofs cheap.
//!
//! Lists of identities never change, so what is kept of them never grows old; how much is kept is
//! bounded, the least recently used goes first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use theriac_crypto::{Digest, merkle};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::PackKey;
use theriac_ledger::record::{RunPublic, identity_leaf};
use theriac_proof::identity::{IdentityAbsence, IdentityNeighbour, IdentityProof};

use crate::store::{StoreError, View};

/// Bytes of all runs kept: eleven million packs.
const BYTES_MAX: usize = 256 * 1024 * 1024;
/// Levels of the tree that are computed again for each proof; the levels above them are kept. Four
/// levels are 16 leaves: ten microseconds, and a fifteenth of the memory.
const LOW_LEVELS: usize = 4;
const BLOCK: usize = 1 << LOW_LEVELS;

/// One run.
#[derive(Debug)]
pub(super) struct RunIdentities {
    /// Key and position, ascending by key.
    sorted: Vec<(PackKey, u32)>,
    /// Nodes of the tree from level [`LOW_LEVELS`] up to the root.
    high: Vec<Vec<Digest>>,
}

impl RunIdentities {
    /// Sorts the keys of a run, given in production order, and computes its tree.
    fn new(keys: Vec<PackKey>) -> Self {
        let mut sorted: Vec<(PackKey, u32)> = keys.into_iter().zip(0u32..).collect();
        sorted.sort_unstable();
        let mut high = vec![
            sorted
                .chunks(BLOCK)
                .map(|block| merkle::root(&leaves(block)))
                .collect::<Vec<_>>(),
        ];
        while let Some(level) = high.last()
            && level.len() > 1
        {
            let next = next_level(level);
            high.push(next);
        }
        Self { sorted, high }
    }

    fn root(&self) -> Option<Digest> {
        self.high.last()?.first().copied()
    }

    fn bytes(&self) -> usize {
        let nodes: usize = self.high.iter().map(Vec::len).sum();
        self.sorted.len() * size_of::<(PackKey, u32)>() + nodes * size_of::<Digest>()
    }

    /// That a key is in the run; none if it is not.
    pub(super) fn prove_present(&self, key: &PackKey) -> Option<IdentityProof> {
        let index = self.find(key).ok()?;
        self.at(index).map(|neighbour| neighbour.proof)
    }

    /// That a key is not in the run; none if it is.
    pub(super) fn prove_absent(&self, key: &PackKey) -> Option<IdentityAbsence> {
        let above = self.find(key).err()?;
        let below = above.checked_sub(1);
        Some(IdentityAbsence {
            below: below.and_then(|index| self.at(index)),
            above: self.at(above),
        })
    }

    fn find(&self, key: &PackKey) -> Result<usize, usize> {
        self.sorted.binary_search_by(|(found, _)| found.cmp(key))
    }

    fn at(&self, index: usize) -> Option<IdentityNeighbour> {
        let (key, position) = *self.sorted.get(index)?;
        let start = index / BLOCK * BLOCK;
        let block = self.sorted.get(start..)?;
        let block = block.get(..BLOCK).unwrap_or(block);
        let mut path = merkle::prove(&leaves(block), index - start)?.path;
        let mut place = index / BLOCK;
        for level in &self.high {
            // The last node of a level with an odd number of them has no sibling: it moves up.
            path.extend(level.get(place ^ 1));
            place /= 2;
        }
        Some(IdentityNeighbour {
            key,
            proof: IdentityProof {
                position,
                index: u32::try_from(index).ok()?,
                path: BoundedList::new(path).ok()?,
            },
        })
    }
}

fn leaves(block: &[(PackKey, u32)]) -> Vec<Digest> {
    let leaf = |(key, position): &(PackKey, u32)| identity_leaf(key, *position);
    block.iter().map(leaf).collect()
}

fn next_level(level: &[Digest]) -> Vec<Digest> {
    level
        .chunks(2)
        .map(|pair| match pair {
            [left, right] => merkle::inner(left, right),
            _ => pair[0],
        })
        .collect()
}

/// The runs used last, by identity root.
#[derive(Debug, Default)]
pub(super) struct Identities(Mutex<Recent>);

#[derive(Debug, Default)]
struct Recent {
    runs: HashMap<Digest, (Arc<RunIdentities>, u64)>,
    bytes: usize,
    clock: u64,
}

impl Identities {
    /// The identities of a run, read and computed where they are not kept.
    pub(super) fn of_run(
        &self,
        view: &View,
        run: &RunPublic,
    ) -> Result<Arc<RunIdentities>, StoreError> {
        let root = run.identity_root;
        if let Some(found) = self.recent().find(&root) {
            return Ok(found);
        }
        let corrupt = |why| StoreError::corrupt("identity list", why);
        let keys = view.identity_list(&root)?;
        let identities = RunIdentities::new(keys.ok_or(corrupt("it is missing"))?);
        if identities.root() != Some(root) {
            return Err(corrupt("it does not have the root of its run"));
        }
        let identities = Arc::new(identities);
        self.recent().keep(root, Arc::clone(&identities));
        Ok(identities)
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    fn find(&mut self, root: &Digest) -> Option<Arc<RunIdentities>> {
        self.clock += 1;
        let (found, used) = self.runs.get_mut(root)?;
        *used = self.clock;
        Some(Arc::clone(found))
    }

    fn keep(&mut self, root: Digest, run: Arc<RunIdentities>) {
        self.bytes += run.bytes();
        if let Some((before, _)) = self.runs.insert(root, (run, self.clock)) {
            self.bytes = self.bytes.saturating_sub(before.bytes());
        }
        while self.bytes > BYTES_MAX && self.runs.len() > 1 {
            let oldest = self.runs.iter().min_by_key(|(_, (_, used))| *used);
            let Some(oldest) = oldest.map(|(root, _)| *root) else {
                return;
            };
            if let Some((gone, _)) = self.runs.remove(&oldest) {
                self.bytes = self.bytes.saturating_sub(gone.bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use theriac_crypto::digest;
    use theriac_ledger::identifier::Timestamp;
    use theriac_ledger::record::identity_root;

    use super::*;

    fn key(number: usize) -> PackKey {
        let full = digest("test", &number.to_le_bytes());
        PackKey(full.0[..16].try_into().unwrap())
    }

    fn run(count: usize) -> (RunPublic, RunIdentities, Vec<PackKey>) {
        let keys: Vec<PackKey> = (0..count).map(key).collect();
        let public = RunPublic {
            identity_root: identity_root(&keys),
            count: u32::try_from(count).unwrap(),
            commissioned_at: Timestamp(1),
        };
        (public, RunIdentities::new(keys.clone()), keys)
    }

    #[test]
    fn every_pack_of_runs_of_every_shape_is_proved() {
        for count in [1, 2, 3, 31, 32, 33, 63, 64, 65, 97, 128, 1_000] {
            let (public, identities, keys) = run(count);
            assert_eq!(identities.root(), Some(public.identity_root), "{count}");
            for key in keys {
                let proof = identities.prove_present(&key).unwrap();
                proof.verify(&public, &key).unwrap();
                assert!(identities.prove_absent(&key).is_none());
            }
        }
    }

    #[test]
    fn keys_that_are_not_in_a_run_are_proved_absent_everywhere_in_it() {
        for count in [1, 2, 33, 200] {
            let (public, identities, _) = run(count);
            let edges = [PackKey([0; 16]), PackKey([0xff; 16])];
            for absent in (5_000..5_200).map(key).chain(edges) {
                let absence = identities.prove_absent(&absent).unwrap();
                absence.verify(&public, &absent).unwrap();
                assert!(identities.prove_present(&absent).is_none());
            }
        }
    }

    #[test]
    fn what_was_used_long_ago_goes_first() {
        let mut recent = Recent::default();
        let size = 32_768;
        let fits = BYTES_MAX / run(size).1.bytes();
        let one = Arc::new(run(size).1);
        for number in 0..=fits {
            recent.keep(digest("root", &number.to_le_bytes()), Arc::clone(&one));
            recent.find(&digest("root", &0usize.to_le_bytes()));
        }
        assert!(recent.bytes <= BYTES_MAX);
        assert!(
            recent
                .find(&digest("root", &0usize.to_le_bytes()))
                .is_some()
        );
        assert!(
            recent
                .find(&digest("root", &1usize.to_le_bytes()))
                .is_none()
        );
    }
}
