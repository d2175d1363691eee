//! What was measured, and whether it is good enough.

use std::process::ExitCode;

use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;

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
    p99_ms: f64,
}

impl Workload {
    /// The figures of a workload whose times were taken one by one.
    pub(super) fn new(
        name: &'static str,
        seconds: f64,
        packs_each: f64,
        latencies: &Latencies,
    ) -> Self {
        let transactions = latencies.count();
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
            p99_ms: latencies.quantile_ms(0.99),
        }
    }
}

impl Workload {
    /// How many became final, or were answered, in a second.
    pub(super) fn tx_per_s(&self) -> f64 {
        self.tx_per_s
    }
}

/// A figure that must not be passed.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Floor {
    /// What was measured, with its unit.
    name: &'static str,
    measured: f64,
    /// The bench fails above it.
    at_most: f64,
    /// What the design aims at.
    aim: f64,
    holds: bool,
}

impl Floor {
    pub(super) fn new(name: &'static str, measured: f64, at_most: f64, aim: f64) -> Self {
        Self {
            name,
            measured,
            at_most,
            aim,
            holds: measured <= at_most,
        }
    }
}

/// A whole bench.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Report {
    /// Processors of this machine.
    processors: usize,
    /// Load of the machine before and after, averaged over a minute: figures of a busy machine are
    /// lower bounds.
    load_before: f64,
    load_after: f64,
    pub(super) workloads: Vec<Workload>,
    pub(super) floors: Vec<Floor>,
}

impl Report {
    pub(super) fn begin() -> Self {
        Self {
            processors: std::thread::available_parallelism().map_or(1, Into::into),
            load_before: load(),
            load_after: 0.0,
            workloads: Vec::new(),
            floors: Vec::new(),
        }
    }

    pub(super) fn end(mut self) -> Self {
        self.load_after = load();
        self
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
        let mut table = table(&["workload", "tx", "tx/s", "packs/s", "p50 ms", "p99 ms"]);
        for row in &self.workloads {
            table.add_row([
                row.name.to_owned(),
                row.transactions.to_string(),
                format!("{:.0}", row.tx_per_s),
                format!("{:.0}", row.packs_per_s),
                format!("{:.1}", row.p50_ms),
                format!("{:.1}", row.p99_ms),
            ]);
        }
        output::line(&table.trim_fmt())?;
        let mut table = self::table(&["floor", "measured", "at most", "aim", ""]);
        for row in &self.floors {
            table.add_row([
                row.name.to_owned(),
                format!("{:.1}", row.measured),
                format!("{:.1}", row.at_most),
                format!("{:.1}", row.aim),
                if row.holds {
                    "holds".to_owned()
                } else {
                    "MISSED".to_owned()
                },
            ]);
        }
        output::line(&format!("\n{}", table.trim_fmt()))?;
        output::line(&format!(
            "\n{} processors; load {:.1} before, {:.1} after",
            self.processors, self.load_before, self.load_after
        ))
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

    fn report(measured: &[f64]) -> Report {
        let mut report = Report::begin();
        let floors = measured.iter().map(|ms| Floor::new("ms", *ms, 20.0, 5.0));
        report.floors.extend(floors);
        report.end()
    }

    fn exits_with(report: &Report, code: ExitCode) -> bool {
        format!("{:?}", report.exit_code()) == format!("{code:?}")
    }

    #[test]
    fn bench_holds_when_no_floor_is_passed() {
        let report = report(&[4.0, 20.0]);
        assert!(report.holds());
        assert!(exits_with(&report, ExitCode::SUCCESS));
    }

    #[test]
    fn one_missed_floor_among_others_fails_the_bench() {
        for measured in [[20.1, 4.0, 4.0], [4.0, 20.1, 4.0], [4.0, 4.0, f64::NAN]] {
            let report = report(&measured);
            assert!(!report.holds(), "{measured:?}");
            assert!(exits_with(&report, ExitCode::FAILURE), "{measured:?}");
        }
    }
}
