//! Counts of cases, and the lines that failed or were left out.

use std::collections::BTreeMap;
use std::fmt::Debug;

/// What became of a case.
pub(super) enum Outcome {
    Passed,
    Failed(String),
    Excluded(&'static str),
}

#[derive(Default)]
pub(super) struct Report {
    passed: BTreeMap<String, usize>,
    failed: Vec<String>,
    failed_by_function: BTreeMap<String, usize>,
    excluded: BTreeMap<(String, &'static str), Vec<u32>>,
}

impl Outcome {
    /// A result against the expectation that it is refused (`None`) or equal to a value.
    pub(super) fn compare<T: PartialEq + Debug, E: std::fmt::Display>(
        found: Result<T, E>,
        expected: Option<&T>,
    ) -> Self {
        match (found, expected) {
            (Ok(found), Some(expected)) if found == *expected => Self::Passed,
            (Err(_), None) => Self::Passed,
            (Ok(found), Some(expected)) => {
                Self::Failed(format!("found {found:?}, expected {expected:?}"))
            }
            (Ok(found), None) => Self::Failed(format!("accepted as {found:?}")),
            (Err(error), Some(_)) => Self::Failed(format!("refused: {error}")),
        }
    }
}

impl Report {
    pub(super) fn record(&mut self, function: &str, line: u32, outcome: Outcome) {
        match outcome {
            Outcome::Passed => *self.passed.entry(function.to_owned()).or_default() += 1,
            Outcome::Failed(reason) => {
                *self
                    .failed_by_function
                    .entry(function.to_owned())
                    .or_default() += 1;
                self.failed
                    .push(format!("{function} line {line}: {reason}"));
            }
            Outcome::Excluded(reason) => {
                self.excluded
                    .entry((function.to_owned(), reason))
                    .or_default()
                    .push(line);
            }
        }
    }

    /// Cases of a function that ran, whatever came of them.
    pub(super) fn count_run(&self, function: &str) -> usize {
        let count = |counts: &BTreeMap<String, usize>| counts.get(function).copied().unwrap_or(0);
        count(&self.passed) + count(&self.failed_by_function)
    }

    pub(super) fn failed(&self) -> usize {
        self.failed.len()
    }

    #[expect(
        clippy::print_stdout,
        reason = "the report is the output of the command"
    )]
    pub(super) fn print(&self) {
        for (function, count) in &self.passed {
            println!("passed    {count:>4}  {function}");
        }
        for ((function, reason), lines) in &self.excluded {
            println!(
                "excluded  {:>4}  {function}: {reason} (lines {lines:?})",
                lines.len()
            );
        }
        for failure in &self.failed {
            println!("failed          {failure}");
        }
        let passed: usize = self.passed.values().sum();
        let excluded: usize = self.excluded.values().map(Vec::len).sum();
        println!(
            "passed {passed}, failed {}, excluded {excluded}",
            self.failed.len()
        );
    }
}
