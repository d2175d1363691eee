//! What is printed and kept of a run.

use std::collections::BTreeMap;
use std::time::Duration;

use comfy_table::{Table, presets};
use serde::Serialize;

use crate::judge::Violation;
use crate::load::Contests;
use crate::plan::{Fault, FaultKind};
use crate::wire::Traffic;

/// One round.
#[derive(Debug, Clone, Serialize)]
pub struct Round {
    /// Its number, from 1.
    pub number: u64,
    /// What happened.
    pub fault: FaultKind,
    /// To whom.
    pub target: String,
    /// Single events: kills, cuts, restarts.
    pub events: u64,
    /// Nodes that ended by themselves, as they may when their disk fails.
    pub ended: u64,
    /// Time from the first harm until everything was mended.
    pub fault_ms: u64,
    /// Time from then until a fresh transaction was final.
    pub progress_ms: u64,
    /// Time from then until every node had it and called itself ready.
    pub ready_ms: u64,
    /// Transactions acknowledged so far.
    pub acknowledged: u64,
}

impl Round {
    /// A round of which nothing is measured yet.
    pub fn new(number: u64, fault: &Fault) -> Self {
        Self {
            number,
            fault: fault.kind(),
            target: fault.target(),
            events: fault.events(),
            ended: 0,
            fault_ms: 0,
            progress_ms: 0,
            ready_ms: 0,
            acknowledged: 0,
        }
    }

    /// The line for the terminal.
    pub fn line(&self, seed: u64) -> String {
        format!(
            "round {:>4}  seed {seed}  {:<10} {:<14} fault {:>6} ms  progress {:>6} ms  ready {:>6} ms  acknowledged {}",
            self.number,
            self.fault.name(),
            self.target,
            self.fault_ms,
            self.progress_ms,
            self.ready_ms,
            self.acknowledged
        )
    }
}

/// A whole run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Decides the schedule.
    pub seed: u64,
    /// How many authorities.
    pub nodes: usize,
    /// What was tested: the program's version, and the commit where it is known.
    pub version: String,
    /// On what.
    pub machine: String,
    /// When it began, seconds since 1970.
    pub began: u64,
    /// How long it took.
    pub seconds: u64,
    /// Whether it was ended before its time.
    pub interrupted: bool,
    /// The rounds.
    pub rounds: Vec<Round>,
    /// Height of the chain at the end.
    pub height: u64,
    /// Transactions on it.
    pub transactions: u64,
    /// Transactions that were acknowledged as final.
    pub acknowledged: u64,
    /// Transactions that nobody answered for before the load ended.
    pub open: u64,
    /// Transactions whose time passed.
    pub expired: u64,
    /// Packs that two wanted at once.
    pub contests: Contests,
    /// How often an emptied node asked others for a snapshot.
    pub joins: u64,
    /// How often it got one.
    pub joined: u64,
    /// How often every block of every node was read and judged.
    pub judgements: u64,
    /// What the wire did.
    pub traffic: Option<Traffic>,
    /// What must never be.
    pub violations: Vec<Violation>,
}

/// Times of one kind, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Half were not longer.
    pub median: u64,
    /// 95 of a hundred were not longer.
    pub p95: u64,
    /// The longest.
    pub max: u64,
}

impl Times {
    /// Of these; zeros of none.
    pub fn of(mut times: Vec<u64>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times.get(place).copied().unwrap_or(0)
        };
        Self {
            median: at(50),
            p95: at(95),
            max: at(100),
        }
    }
}

impl Report {
    /// The final table.
    pub fn table(&self) -> String {
        let mut kinds: BTreeMap<FaultKind, Vec<&Round>> = BTreeMap::new();
        for round in &self.rounds {
            kinds.entry(round.fault).or_default().push(round);
        }
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header([
            "fault",
            "rounds",
            "events",
            "progress median",
            "p95",
            "max",
            "ready median",
            "p95",
            "max",
        ]);
        for (kind, rounds) in kinds {
            table.add_row(cells(&kind.name(), &rounds));
        }
        let all: Vec<&Round> = self.rounds.iter().collect();
        table.add_row(cells("all", &all));
        table.trim_fmt()
    }

    /// What the table leaves out, a line each.
    pub fn summary(&self) -> Vec<String> {
        let Contests {
            decided,
            undecided,
            both,
        } = self.contests;
        let mut lines = vec![
            format!(
                "seed {}, {} nodes, {} rounds in {} s, version {}",
                self.seed,
                self.nodes,
                self.rounds.len(),
                self.seconds,
                self.version
            ),
            format!(
                "height {}, {} transactions, {} acknowledged, {} expired, {} open at the end",
                self.height, self.transactions, self.acknowledged, self.expired, self.open
            ),
            format!(
                "packs wanted twice: {decided} decided, {undecided} by nobody, {both} by both; judged {} times",
                self.judgements
            ),
            format!(
                "snapshots: {} asked for by emptied nodes, {} received",
                self.joins, self.joined
            ),
        ];
        if let Some(traffic) = self.traffic {
            lines.push(format!(
                "wire: {} packets delivered, {} lost, {} doubled",
                traffic.delivered, traffic.lost, traffic.doubled
            ));
        }
        lines.push(format!("violations: {}", self.violations.len()));
        for violation in &self.violations {
            lines.push(format!(
                "  after round {}: {}",
                violation.round, violation.what
            ));
        }
        lines
    }
}

fn cells(name: &str, rounds: &[&Round]) -> Vec<String> {
    let events: u64 = rounds.iter().map(|round| round.events).sum();
    let progress = Times::of(rounds.iter().map(|round| round.progress_ms).collect());
    let ready = Times::of(rounds.iter().map(|round| round.ready_ms).collect());
    let mut cells = vec![
        name.to_owned(),
        rounds.len().to_string(),
        events.to_string(),
    ];
    for times in [progress, ready] {
        let shown = [times.median, times.p95, times.max];
        cells.extend(shown.map(|time| format!("{time} ms")));
    }
    cells
}

/// Whole milliseconds.
pub fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_sorted_list() {
        let times = Times::of((1..=100).rev().collect());
        assert_eq!((times.median, times.p95, times.max), (50, 95, 100));
        let one = Times::of(vec![7]);
        assert_eq!((one.median, one.p95, one.max), (7, 7, 7));
        let none = Times::of(Vec::new());
        assert_eq!((none.median, none.p95, none.max), (0, 0, 0));
    }
}
