//! Randomness that follows from a seed.

use std::time::Duration;

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

/// Thousandths.
pub type Permille = u32;

/// A generator whose every answer follows from its seed.
#[derive(Debug, Clone)]
pub struct Dice(ChaCha8Rng);

impl Dice {
    /// The dice of a seed.
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number below `bound`; zero for a bound of zero.
    pub fn below(&mut self, bound: u32) -> u32 {
        // The bias of a remainder is below one in a million for bounds of a few thousand.
        self.0.next_u32().checked_rem(bound).unwrap_or(0)
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, least: u32, most: u32) -> u32 {
        let width = most.saturating_sub(least).saturating_add(1);
        least.saturating_add(self.below(width))
    }

    /// A place in a list of `count`.
    pub fn index(&mut self, count: usize) -> usize {
        let bound = u32::try_from(count).unwrap_or(u32::MAX);
        usize::try_from(self.below(bound)).unwrap_or(0)
    }

    /// Milliseconds from `least` to `most`.
    pub fn milliseconds(&mut self, least: u32, most: u32) -> Duration {
        Duration::from_millis(self.between(least, most).into())
    }

    /// True in so many of a thousand throws.
    pub fn chance(&mut self, of: Permille) -> bool {
        self.below(1000) < of
    }

    /// Puts a list into an order.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for place in (1..list.len()).rev() {
            list.swap(place, self.index(place + 1));
        }
    }

    /// Some of the numbers below `count`, at least one.
    pub fn some_of(&mut self, count: usize, how_many: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..count).collect();
        self.shuffle(&mut all);
        all.truncate(how_many.max(1));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_throws_the_same() {
        let throw = |seed| {
            let mut dice = Dice::new(seed);
            (0..50).map(|_| dice.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(throw(7), throw(7));
        assert_ne!(throw(7), throw(8));
    }

    #[test]
    fn bounds_are_kept() {
        let mut dice = Dice::new(1);
        for _ in 0..1000 {
            assert!((3..=5).contains(&dice.between(3, 5)));
            assert!(dice.index(4) < 4);
            assert!(!dice.chance(0));
            assert!(dice.chance(1000));
        }
        assert_eq!(dice.below(0), 0);
        assert_eq!(dice.between(9, 9), 9);
        assert_eq!(dice.some_of(4, 9).len(), 4);
        assert_eq!(dice.some_of(4, 0).len(), 1);
    }
}
