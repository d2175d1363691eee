//! One block and one state root at every height.

use super::{Chain, Violation};

/// The first height at which two nodes differ, for each node that differs from the first that
/// reached the height.
pub fn judge(chains: &[Chain]) -> Vec<Violation> {
    let mut found = Vec::new();
    for (index, chain) in chains.iter().enumerate() {
        for (earlier, other) in chains.iter().enumerate().take(index) {
            if let Some(violation) = compare((earlier, other), (index, chain)) {
                found.push(violation);
                break;
            }
        }
    }
    found
}

fn compare(one: (usize, &Chain), other: (usize, &Chain)) -> Option<Violation> {
    let blocks = one.1.blocks.iter().zip(&other.1.blocks);
    blocks
        .map(|(left, right)| (&left.header, &right.header))
        .find(|(left, right)| {
            left.digest() != right.digest() || left.state_root != right.state_root
        })
        .map(|(left, _)| Violation::Fork {
            height: left.height,
            nodes: (one.0, other.0),
        })
}
