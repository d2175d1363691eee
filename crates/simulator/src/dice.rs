//! All chance comes from here, and all of it from the seed.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// Seeded dice. Each part of a simulation has its own, so that one part's throws leave the others
/// as they were.
#[derive(Debug, Clone)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of one part of the simulation with a seed.
    pub(crate) fn new(seed: u64, part: &str) -> Self {
        let mut bytes = seed.to_be_bytes().to_vec();
        bytes.extend_from_slice(part.as_bytes());
        Self(ChaCha8Rng::from_seed(
            theriac_crypto::digest("simulator", &bytes).0,
        ))
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0.next_u64() % end
    }

    /// A number from `first` to `last`.
    pub(crate) fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    /// True in `permille` of a thousand throws.
    pub(crate) fn chance(&mut self, permille: u64) -> bool {
        self.below(1_000) < permille
    }

    /// An index into a list of `length`, which is not 0.
    pub(crate) fn index(&mut self, length: usize) -> usize {
        let length = u64::try_from(length).expect("a list in memory");
        usize::try_from(self.below(length)).expect("less than a length")
    }

    /// Fresh bytes.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}
