//! What happens to the network, round by round. Pure: it follows from the seed.

use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;

use crate::dice::Dice;
use crate::wire::{Link, Weather};

/// Kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// `kill -9`, several times in a row, of one node or of several.
    Kill,
    /// SIGSTOP, and SIGCONT later.
    Pause,
    /// One node is cut off.
    Isolate,
    /// One node is heard but does not hear, or hears but is not heard.
    OneWay,
    /// Two halves; none can agree alone.
    Split,
    /// Delay, jitter, loss, doubles and overtaking on every link.
    Slow,
    /// No room on one disk.
    DiskFull,
    /// One disk fails under a running node.
    DiskDeath,
    /// One node's clock jumps.
    Clock,
    /// The power of some nodes is cut, fewer than half of them at a time.
    PowerCut,
    /// The power of all nodes is cut at once.
    Blackout,
    /// One node loses everything that is on its disk.
    Wipe,
    /// Every node is stopped and started again, one after the other.
    Rolling,
}

impl FaultKind {
    /// How often a kind comes, relative to the others.
    fn weight(self) -> u32 {
        match self {
            Self::Kill => 7,
            Self::PowerCut => 6,
            Self::Blackout => 3,
            Self::Pause | Self::Isolate | Self::OneWay | Self::Split | Self::Slow => 2,
            Self::DiskFull | Self::DiskDeath | Self::Clock | Self::Wipe | Self::Rolling => 1,
        }
    }

    /// Its name on the command line.
    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// How a node's power goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CutOrder {
    /// The node stands still, then the disk loses what is not durable: nothing runs after the cut.
    NodeFirst,
    /// The disk goes first, and the node has a moment in which writes fail.
    DiskFirst,
}

/// One fault with everything that was chosen by dice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Kills, each of a node after a time.
    Kill {
        /// Time before each kill, and whom.
        kills: Vec<(Duration, usize)>,
    },
    /// A pause.
    Pause {
        /// Whom.
        node: usize,
        /// For how long.
        during: Duration,
    },
    /// Another weather.
    Wire {
        /// The kind: isolate, one-way, split, slow.
        kind: FaultKind,
        /// Whom it is about; empty for all.
        nodes: Vec<usize>,
        /// The weather.
        weather: Weather,
        /// For how long.
        during: Duration,
    },
    /// A full disk.
    DiskFull {
        /// Whose.
        node: usize,
        /// For how long.
        during: Duration,
    },
    /// A dead disk.
    DiskDeath {
        /// Whose.
        node: usize,
    },
    /// A clock that is wrong.
    Clock {
        /// Whose.
        node: usize,
        /// By how much; negative is behind.
        seconds: i64,
        /// For how long.
        during: Duration,
    },
    /// Power cuts, one after the other.
    PowerCut {
        /// Each: after a time, whom, how, and for how long it is dark.
        cuts: Vec<Cut>,
    },
    /// A power cut of everybody.
    Blackout {
        /// The order in which they come back.
        order: Vec<usize>,
        /// Time between two of them.
        between: Duration,
    },
    /// An empty disk.
    Wipe {
        /// Whose.
        node: usize,
        /// Whether it begins again from a snapshot of another node, not from genesis.
        joins: bool,
    },
    /// Stop and start, one after the other.
    Rolling {
        /// In this order.
        order: Vec<usize>,
    },
}

/// One power cut of one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Time before it.
    pub after: Duration,
    /// Whose power.
    pub node: usize,
    /// How.
    pub order: CutOrder,
    /// For how long it is dark.
    pub dark: Duration,
}

impl Fault {
    /// Its kind.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Kill { .. } => FaultKind::Kill,
            Self::Pause { .. } => FaultKind::Pause,
            Self::Wire { kind, .. } => *kind,
            Self::DiskFull { .. } => FaultKind::DiskFull,
            Self::DiskDeath { .. } => FaultKind::DiskDeath,
            Self::Clock { .. } => FaultKind::Clock,
            Self::PowerCut { .. } => FaultKind::PowerCut,
            Self::Blackout { .. } => FaultKind::Blackout,
            Self::Wipe { .. } => FaultKind::Wipe,
            Self::Rolling { .. } => FaultKind::Rolling,
        }
    }

    /// How many single events of its kind it is: kills, power cuts, restarts.
    pub fn events(&self) -> u64 {
        let count = match self {
            Self::Kill { kills } => kills.len(),
            Self::PowerCut { cuts } => cuts.len(),
            Self::Rolling { order } => order.len(),
            _ => 1,
        };
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// Whom it hits, for people; nodes are counted from 1.
    pub fn target(&self) -> String {
        let names = |nodes: &[usize]| {
            let names: Vec<String> = nodes.iter().map(|node| (node + 1).to_string()).collect();
            names.join(",")
        };
        match self {
            Self::Kill { kills } => names(&kills.iter().map(|(_, node)| *node).collect::<Vec<_>>()),
            Self::Wire { nodes, .. } if nodes.is_empty() => "all".to_owned(),
            Self::Wire { nodes, .. } => names(nodes),
            Self::Clock { node, seconds, .. } => format!("{} {seconds:+} s", node + 1),
            Self::Pause { node, .. }
            | Self::DiskFull { node, .. }
            | Self::DiskDeath { node }
            | Self::Wipe { node, .. } => names(&[*node]),
            Self::PowerCut { cuts } => names(&cuts.iter().map(|cut| cut.node).collect::<Vec<_>>()),
            Self::Blackout { .. } => "all".to_owned(),
            Self::Rolling { order } => names(order),
        }
    }
}

/// The faults of a seed, without end.
#[derive(Debug, Clone)]
pub struct Plan {
    dice: Dice,
    nodes: usize,
    kinds: Vec<FaultKind>,
    /// Kinds that come first, once each, in this order.
    first: Vec<FaultKind>,
}

impl Plan {
    /// The plan of a seed for so many nodes, of these kinds.
    pub fn new(seed: u64, nodes: usize, kinds: &[FaultKind]) -> Self {
        Self {
            dice: Dice::new(seed),
            nodes,
            kinds: kinds.to_vec(),
            first: Vec::new(),
        }
    }

    /// The same kinds, each once before dice choose: for runs too short to leave it to them.
    #[must_use]
    pub fn each_once_first(mut self) -> Self {
        self.first = self.kinds.iter().rev().copied().collect();
        self
    }

    /// The weather when nothing is wrong: a network within a country.
    pub fn fair_weather(nodes: usize) -> Weather {
        let link = Link {
            delay: Duration::from_millis(2),
            jitter: Duration::from_millis(3),
            ..Link::default()
        };
        Weather::same(nodes, link)
    }

    fn kind(&mut self) -> Option<FaultKind> {
        if let Some(kind) = self.first.pop() {
            return Some(kind);
        }
        let total = self.kinds.iter().map(|kind| kind.weight()).sum();
        let mut thrown = self.dice.below(total);
        self.kinds.iter().copied().find(|kind| {
            let is_chosen = thrown < kind.weight();
            thrown = thrown.saturating_sub(kind.weight());
            is_chosen
        })
    }

    fn fault(&mut self, kind: FaultKind) -> Fault {
        let node = self.dice.index(self.nodes);
        match kind {
            FaultKind::Kill => self.kills(),
            FaultKind::Pause => Fault::Pause {
                node,
                during: self.dice.milliseconds(1_000, 12_000),
            },
            FaultKind::Isolate | FaultKind::OneWay | FaultKind::Split | FaultKind::Slow => {
                self.wire(kind, node)
            }
            FaultKind::DiskFull => Fault::DiskFull {
                node,
                during: self.dice.milliseconds(2_000, 8_000),
            },
            FaultKind::DiskDeath => Fault::DiskDeath { node },
            FaultKind::Clock => self.clock(node),
            FaultKind::PowerCut => self.power_cuts(),
            FaultKind::Blackout => Fault::Blackout {
                order: self.order(),
                between: self.dice.milliseconds(0, 1_500),
            },
            FaultKind::Wipe => Fault::Wipe {
                node,
                joins: self.dice.below(2) == 0,
            },
            FaultKind::Rolling => Fault::Rolling {
                order: self.order(),
            },
        }
    }

    fn order(&mut self) -> Vec<usize> {
        self.dice.some_of(self.nodes, self.nodes)
    }

    /// Three to nine kills: of one node that never gets up, or of one after the other.
    fn kills(&mut self) -> Fault {
        let count = self.dice.between(3, 9);
        let favourite = self.dice.chance(300).then(|| self.dice.index(self.nodes));
        let kill = |_| {
            let after = self.dice.milliseconds(0, 2_500);
            let node = favourite.unwrap_or_else(|| self.dice.index(self.nodes));
            (after, node)
        };
        Fault::Kill {
            kills: (0..count).map(kill).collect(),
        }
    }

    fn power_cuts(&mut self) -> Fault {
        let count = self.dice.between(1, 3);
        let cut = |_| Cut {
            after: self.dice.milliseconds(300, 3_000),
            node: self.dice.index(self.nodes),
            order: if self.dice.chance(650) {
                CutOrder::NodeFirst
            } else {
                CutOrder::DiskFirst
            },
            dark: self.dice.milliseconds(0, 2_500),
        };
        Fault::PowerCut {
            cuts: (0..count).map(cut).collect(),
        }
    }

    fn clock(&mut self, node: usize) -> Fault {
        let size = match self.dice.below(3) {
            0 => self.dice.between(1, 10),
            1 => self.dice.between(20, 300),
            _ => self.dice.between(1_000, 7_200),
        };
        let sign = if self.dice.chance(500) { 1 } else { -1 };
        Fault::Clock {
            node,
            seconds: sign * i64::from(size),
            during: self.dice.milliseconds(3_000, 10_000),
        }
    }

    fn wire(&mut self, kind: FaultKind, node: usize) -> Fault {
        let mut weather = Self::fair_weather(self.nodes);
        let mut nodes = vec![node];
        match kind {
            FaultKind::OneWay => {
                let is_deaf = self.dice.chance(500);
                for other in (0..self.nodes).filter(|other| *other != node) {
                    let (from, to) = if is_deaf {
                        (other, node)
                    } else {
                        (node, other)
                    };
                    weather.cut(from, to);
                }
            }
            FaultKind::Split => {
                nodes = self.dice.some_of(self.nodes, self.nodes / 2);
                for one in &nodes {
                    for other in (0..self.nodes).filter(|other| !nodes.contains(other)) {
                        weather.cut(*one, other);
                        weather.cut(other, *one);
                    }
                }
            }
            FaultKind::Slow => {
                nodes = Vec::new();
                weather = Weather::same(self.nodes, self.bad_link());
            }
            _ => weather.isolate(node),
        }
        Fault::Wire {
            kind,
            nodes,
            weather,
            during: self.dice.milliseconds(3_000, 12_000),
        }
    }

    fn bad_link(&mut self) -> Link {
        Link {
            is_cut: false,
            delay: self.dice.milliseconds(10, 150),
            jitter: self.dice.milliseconds(0, 100),
            loss: self.dice.between(0, 100),
            duplication: self.dice.between(0, 50),
            overtaking: self.dice.between(0, 50),
        }
    }
}

impl Iterator for Plan {
    type Item = Fault;

    fn next(&mut self) -> Option<Fault> {
        let kind = self.kind()?;
        Some(self.fault(kind))
    }
}

#[cfg(test)]
mod tests;
