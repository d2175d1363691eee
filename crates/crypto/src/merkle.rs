//! Merkle trees over digests of our own (the state tree is another: see `theriac-ledger`).
//!
//! The shape is RFC 9162 section 2.1: a tree of `n` leaves splits at the largest power of two below
//! `n`, so no leaf is ever duplicated. Leaf, inner node and empty tree have different tags.
//! A proof says the leaf's index and the number of leaves; a sorted tree therefore proves absence
//! by two neighbours at adjacent indices.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{Digest, Digester, digest};

/// Longest path: enough for 2^32 leaves.
pub const PATH_LENGTH_MAX: usize = 32;

/// Digest of a leaf's data.
pub fn leaf(data: &[u8]) -> Digest {
    digest("merkle-leaf", data)
}

/// Digest of two children.
pub fn inner(left: &Digest, right: &Digest) -> Digest {
    Digester::new("merkle-inner")
        .chain(&left.0)
        .chain(&right.0)
        .finish()
}

/// Root of the tree without leaves.
pub fn empty() -> Digest {
    digest("merkle-empty", b"")
}

/// Root over leaf digests (each made by [`leaf`]).
pub fn root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => empty(),
        [only] => *only,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            inner(&root(left), &root(right))
        }
    }
}

/// Largest power of two smaller than `count`; `count` is at least two.
fn split(count: usize) -> usize {
    1 << (usize::BITS - 1 - (count - 1).leading_zeros())
}

/// That a leaf stands at `index` of a tree with `count` leaves.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct InclusionProof {
    /// Position of the leaf, from zero.
    pub index: u32,
    /// Number of leaves.
    pub count: u32,
    /// Siblings from the leaf up.
    pub path: Vec<Digest>,
}

/// The proof for `leaves[index]`; none where there is no such leaf or too many leaves to count.
pub fn prove(leaves: &[Digest], index: usize) -> Option<InclusionProof> {
    if index >= leaves.len() {
        return None;
    }
    let mut path = Vec::new();
    collect_path(leaves, index, &mut path);
    Some(InclusionProof {
        index: u32::try_from(index).ok()?,
        count: u32::try_from(leaves.len()).ok()?,
        path,
    })
}

fn collect_path(leaves: &[Digest], index: usize, path: &mut Vec<Digest>) {
    if leaves.len() < 2 {
        return;
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    if index < left.len() {
        collect_path(left, index, path);
        path.push(root(right));
    } else {
        collect_path(right, index - left.len(), path);
        path.push(root(left));
    }
}

impl InclusionProof {
    /// The root that this proof gives for a leaf; none where the path does not fit the position.
    pub fn root_for(&self, leaf: &Digest) -> Option<Digest> {
        if self.index >= self.count || self.path.len() > PATH_LENGTH_MAX {
            return None;
        }
        // RFC 9162 section 2.1.3.2.
        let mut node = self.index;
        let mut last = self.count - 1;
        let mut current = *leaf;
        for sibling in &self.path {
            if last == 0 {
                return None;
            }
            if node & 1 == 1 || node == last {
                current = inner(sibling, &current);
                while node & 1 == 0 && node != 0 {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                current = inner(&current, sibling);
            }
            node >>= 1;
            last >>= 1;
        }
        (last == 0).then_some(current)
    }

    /// Whether this proves `leaf` under `root`.
    pub fn proves(&self, leaf: &Digest, root: &Digest) -> bool {
        self.root_for(leaf).as_ref() == Some(root)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaves(count: usize) -> Vec<Digest> {
        (0..count).map(|index| leaf(&index.to_le_bytes())).collect()
    }

    #[test]
    fn a_duplicated_last_leaf_changes_the_root() {
        let three = leaves(3);
        let mut four = three.clone();
        four.push(three[2]);
        assert_ne!(root(&three), root(&four));
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_proved_and_no_other() {
        for count in 1..40 {
            let leaves = leaves(count);
            let top = root(&leaves);
            for index in 0..count {
                let proof = prove(&leaves, index).unwrap();
                assert!(proof.proves(&leaves[index], &top), "{index} of {count}");
                assert!(!proof.proves(&leaf(b"other"), &top));
                for wrong in 0..=count {
                    let moved = InclusionProof {
                        index: u32::try_from(wrong).unwrap(),
                        ..proof.clone()
                    };
                    assert_eq!(moved.proves(&leaves[index], &top), wrong == index);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_truncated_or_lengthened_path_proves_nothing(count in 2usize..300, pick in any::<prop::sample::Index>()) {
            let leaves = leaves(count);
            let index = pick.index(count);
            let top = root(&leaves);
            let mut proof = prove(&leaves, index).unwrap();
            let removed = proof.path.pop().unwrap();
            prop_assert!(!proof.proves(&leaves[index], &top));
            proof.path.extend([removed, Digest::ZERO]);
            prop_assert!(!proof.proves(&leaves[index], &top));
        }

        #[test]
        fn no_proof_panics(index: u32, count: u32, path in prop::collection::vec(any::<[u8; 32]>(), 0..40)) {
            let proof = InclusionProof { index, count, path: path.into_iter().map(Digest).collect() };
            prop_assert!(!proof.proves(&leaf(b"x"), &Digest::ZERO));
        }
    }
}
