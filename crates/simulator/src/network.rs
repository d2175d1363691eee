//! The wire between nodes: what is lost, doubled, late, and cut, from the seed.

use std::collections::BTreeSet;

use crate::dice::Dice;

/// Microseconds of simulated time.
pub(crate) type Micros = u64;

/// A millisecond.
pub(crate) const MS: Micros = 1_000;

/// How a wire behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    /// Shortest way.
    pub(crate) delay_min: Micros,
    /// Longest way.
    pub(crate) delay_max: Micros,
    /// Of a thousand messages, those that are lost.
    pub(crate) lost: u64,
    /// Of a thousand messages, those that come twice.
    pub(crate) doubled: u64,
    /// Of a thousand messages, those that come up to five seconds late.
    pub(crate) late: u64,
}

impl Weather {
    /// A quiet local network whose messages overtake each other.
    pub(crate) const CALM: Self = Self {
        delay_min: MS,
        delay_max: 40 * MS,
        lost: 0,
        doubled: 10,
        late: 0,
    };

    /// Some weather.
    pub(crate) fn throw(dice: &mut Dice) -> Self {
        let delay_min = dice.between(MS / 2, 30 * MS);
        Self {
            delay_min,
            delay_max: delay_min + dice.between(MS, 200 * MS),
            lost: if dice.chance(500) { dice.below(200) } else { 0 },
            doubled: if dice.chance(500) { dice.below(100) } else { 0 },
            late: if dice.chance(300) { dice.below(50) } else { 0 },
        }
    }
}

/// The wire.
#[derive(Debug)]
pub(crate) struct Network {
    dice: Dice,
    pub(crate) weather: Weather,
    /// Cut in this direction.
    cuts: BTreeSet<(usize, usize)>,
}

impl Network {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed, "network"),
            weather: Weather::CALM,
            cuts: BTreeSet::new(),
        }
    }

    /// After which times a message arrives: never, once or twice.
    pub(crate) fn carry(&mut self, from: usize, to: usize) -> Vec<Micros> {
        let Weather {
            delay_min,
            delay_max,
            lost,
            doubled,
            late,
        } = self.weather;
        if self.cuts.contains(&(from, to)) || self.dice.chance(lost) {
            return Vec::new();
        }
        let copies = if self.dice.chance(doubled) { 2 } else { 1 };
        (0..copies)
            .map(|_| {
                let way = self.dice.between(delay_min, delay_max);
                if self.dice.chance(late) {
                    way + self.dice.below(5_000 * MS)
                } else {
                    way
                }
            })
            .collect()
    }

    /// Mends every cut.
    pub(crate) fn mend(&mut self) {
        self.cuts.clear();
    }

    /// Cuts some of the ways between `count` nodes, in one of the shapes that networks break in.
    pub(crate) fn cut(&mut self, count: usize, dice: &mut Dice) {
        self.cuts.clear();
        let ways = |cut: &dyn Fn(usize, usize) -> bool| -> BTreeSet<(usize, usize)> {
            let pairs = (0..count).flat_map(|from| (0..count).map(move |to| (from, to)));
            pairs
                .filter(|(from, to)| from != to && cut(*from, *to))
                .collect()
        };
        let one = dice.index(count);
        self.cuts = match dice.below(5) {
            // One alone.
            0 => ways(&|from, to| from == one || to == one),
            // One that is heard and does not hear, or the other way round.
            1 => ways(&|_, to| to == one),
            2 => ways(&|from, _| from == one),
            // Two halves.
            3 => {
                let sides: Vec<bool> = (0..count).map(|_| dice.chance(500)).collect();
                ways(&|from, to| sides[from] != sides[to])
            }
            // A ring: each hears its neighbours only.
            _ => {
                let is_near = |from: usize, to: usize| {
                    let apart = from.abs_diff(to);
                    apart == 1 || apart == count - 1
                };
                ways(&|from, to| !is_near(from, to))
            }
        };
    }
}
