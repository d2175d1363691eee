//! What was measured, and whether it is good enough.

use std::collections::BTreeMap;
use std::process::ExitCode;

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

use super::machine::Origin;
use super::measure::Latencies;
use crate::arguments::OutputForm;
use crate::output;

/// One workload.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Workload {
    /// Stable name.
    name: &'static str,
    /// Wall time.
    seconds: f64,
    /// Transactions that became final; for the verifier, answers.
    transactions: u64,
    /// Packs that they concerned.
    packs: u64,
    tx_per_s: f64,
    packs_per_s: f64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

impl Workload {
    /// The figures of a workload whose times were taken one by one.
    pub(super) fn new(
        name: &'static str,
        seconds: f64,
        packs_each: f64,
        latencies: &Latencies,
    ) -> Self {
        Self::counted(name, seconds, packs_each, latencies.count(), latencies)
    }

    /// The same, where others than those whose times were taken count for the rate.
    pub(super) fn counted(
        name: &'static str,
        seconds: f64,
        packs_each: f64,
        transactions: u64,
        latencies: &Latencies,
    ) -> Self {
        let count = f64::from(u32::try_from(transactions).unwrap_or(u32::MAX));
        let per_s = if seconds > 0.0 { count / seconds } else { 0.0 };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a whole number of packs, far below 2^53"
        )]
        let packs = (count * packs_each).round() as u64;
        Self {
            name,
            seconds,
            transactions,
            packs,
            tx_per_s: per_s,
            packs_per_s: per_s * packs_each,
            p50_ms: latencies.median_ms(),
            p95_ms: latencies.quantile_ms(0.95),
            p99_ms: latencies.quantile_ms(0.99),
            max_ms: latencies.quantile_ms(1.0),
        }
    }

    /// How many became final, or were answered.
    pub(super) fn answers(&self) -> anyhow::Result<f64> {
        Ok(f64::from(u32::try_from(self.transactions)?))
    }

    /// Packs in a second.
    pub(super) fn packs_per_s(&self) -> f64 {
        self.packs_per_s
    }
}

/// On which side of its floor a figure must stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Side {
    AtMost,
    AtLeast,
}

/// A figure that must not be on the wrong side of its floor.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Floor {
    /// What was measured, with its unit.
    name: &'static str,
    measured: f64,
    side: Side,
    /// The bench fails beyond it.
    #[serde(rename = "floor")]
    bound: f64,
    /// What the design aims at.
    aim: f64,
    holds: bool,
    reaches_aim: bool,
}

impl Floor {
    /// A figure that is good when it is small.
    pub(super) fn at_most(name: &'static str, measured: f64, floor: f64, aim: f64) -> Self {
        Self {
            name,
            measured,
            side: Side::AtMost,
            bound: floor,
            aim,
            holds: measured <= floor,
            reaches_aim: measured <= aim,
        }
    }

    /// A figure that is good when it is large.
    pub(super) fn at_least(name: &'static str, measured: f64, floor: f64, aim: f64) -> Self {
        Self {
            name,
            measured,
            side: Side::AtLeast,
            bound: floor,
            aim,
            holds: measured >= floor,
            reaches_aim: measured >= aim,
        }
    }

    fn verdict(&self) -> &'static str {
        match (self.holds, self.reaches_aim) {
            (true, true) => "aim reached",
            (true, false) => "holds",
            (false, _) => "MISSED",
        }
    }
}

/// A figure without a floor.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figure {
    /// What was measured, with its unit.
    name: &'static str,
    measured: f64,
}

/// A whole bench.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Report {
    #[serde(flatten)]
    origin: Origin,
    /// Load of the machine before and after, averaged over a minute: figures of a busy machine are
    /// lower bounds.
    load_before: f64,
    load_after: f64,
    pub(super) workloads: Vec<Workload>,
    pub(super) floors: Vec<Floor>,
    figures: Vec<Figure>,
    /// How figures came about, where their names do not say it.
    notes: Vec<String>,
}

impl Report {
    pub(super) fn begin(settings: BTreeMap<&'static str, u64>) -> Self {
        Self {
            origin: Origin::here(settings),
            load_before: load(),
            load_after: 0.0,
            workloads: Vec::new(),
            floors: Vec::new(),
            figures: Vec::new(),
            notes: Vec::new(),
        }
    }

    pub(super) fn end(mut self) -> Self {
        self.load_after = load();
        self
    }

    /// Adds a figure that has no floor.
    pub(super) fn figure(&mut self, name: &'static str, measured: f64) {
        self.figures.push(Figure { name, measured });
    }

    /// Says how a figure came about.
    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// Whether every floor holds.
    fn holds(&self) -> bool {
        self.floors.iter().all(|floor| floor.holds)
    }

    /// What the program ends with: a bench below a floor fails.
    pub(super) fn exit_code(&self) -> ExitCode {
        if self.holds() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    pub(super) fn print(&self, form: OutputForm) -> anyhow::Result<()> {
        if form == OutputForm::Json {
            return output::json(self);
        }
        output::line(&self.workload_table().trim_fmt())?;
        output::line(&format!("\n{}", self.floor_table().trim_fmt()))?;
        let mut table = table(&["figure", "measured"]);
        for Figure { name, measured } in &self.figures {
            table.add_row([(*name).to_owned(), format!("{measured:.1}")]);
        }
        if !self.figures.is_empty() {
            output::line(&format!("\n{}", table.trim_fmt()))?;
        }
        output::line("")?;
        for note in &self.notes {
            output::line(note)?;
        }
        for line in self.origin.lines() {
            output::line(&line)?;
        }
        output::line(&format!(
            "load {:.1} before, {:.1} after",
            self.load_before, self.load_after
        ))
    }

    fn workload_table(&self) -> Table {
        let mut table = table(&[
            "workload", "tx", "tx/s", "packs/s", "p50 ms", "p95 ms", "p99 ms", "max ms",
        ]);
        for row in &self.workloads {
            table.add_row([
                row.name.to_owned(),
                row.transactions.to_string(),
                format!("{:.0}", row.tx_per_s),
                format!("{:.0}", row.packs_per_s),
                format!("{:.1}", row.p50_ms),
                format!("{:.1}", row.p95_ms),
                format!("{:.1}", row.p99_ms),
                format!("{:.1}", row.max_ms),
            ]);
        }
        table
    }

    fn floor_table(&self) -> Table {
        let mut table = table(&["figure", "measured", "", "floor", "aim", ""]);
        for row in &self.floors {
            let side = match row.side {
                Side::AtMost => "at most",
                Side::AtLeast => "at least",
            };
            table.add_row([
                row.name.to_owned(),
                format!("{:.1}", row.measured),
                side.to_owned(),
                format!("{:.1}", row.bound),
                format!("{:.1}", row.aim),
                row.verdict().to_owned(),
            ]);
        }
        table
    }
}

fn table(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(heads);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// The load of this machine, averaged over a minute; zero where it does not say.
fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ')
        .next()
        .and_then(|first| first.parse().ok())
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(floors: Vec<Floor>) -> Report {
        let mut report = Report::begin(BTreeMap::new());
        report.floors = floors;
        report.end()
    }

    fn times(measured: &[f64]) -> Vec<Floor> {
        let floor = |ms: &f64| Floor::at_most("ms", *ms, 20.0, 5.0);
        measured.iter().map(floor).collect()
    }

    fn exits_with(report: &Report, code: ExitCode) -> bool {
        format!("{:?}", report.exit_code()) == format!("{code:?}")
    }

    #[test]
    fn bench_holds_when_no_floor_is_passed() {
        let report = report(times(&[4.0, 20.0]));
        assert!(report.holds());
        assert!(exits_with(&report, ExitCode::SUCCESS));
    }

    #[test]
    fn one_missed_floor_among_others_fails_the_bench() {
        for measured in [[20.1, 4.0, 4.0], [4.0, 20.1, 4.0], [4.0, 4.0, f64::NAN]] {
            let report = report(times(&measured));
            assert!(!report.holds(), "{measured:?}");
            assert!(exits_with(&report, ExitCode::FAILURE), "{measured:?}");
        }
    }

    #[test]
    fn a_rate_holds_above_its_floor_and_reaches_its_aim_above_that() {
        let verdict = |measured| Floor::at_least("tx/s", measured, 1_000.0, 2_500.0).verdict();
        assert_eq!(verdict(2_500.0), "aim reached");
        assert_eq!(verdict(1_000.0), "holds");
        assert_eq!(verdict(999.9), "MISSED");
        assert_eq!(verdict(f64::NAN), "MISSED");
    }
}
