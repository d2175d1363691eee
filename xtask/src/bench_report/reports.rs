//! The reports of single runs, and what several of them say together.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// What `theriac bench` prints as JSON.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Report {
    pub(super) date: String,
    pub(super) machine: Machine,
    pub(super) program: Program,
    pub(super) settings: BTreeMap<String, u64>,
    pub(super) load_before: f64,
    pub(super) load_after: f64,
    pub(super) workloads: Vec<Workload>,
    pub(super) floors: Vec<Floor>,
    pub(super) figures: Vec<Figure>,
    pub(super) notes: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Machine {
    pub(super) processors: usize,
    pub(super) processor: String,
    pub(super) memory_mb: u64,
    pub(super) kernel: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Program {
    pub(super) version: String,
    pub(super) revision: String,
    pub(super) profile: String,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Workload {
    pub(super) name: String,
    pub(super) tx_per_s: f64,
    pub(super) packs_per_s: f64,
    pub(super) p50_ms: f64,
    pub(super) p95_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Floor {
    pub(super) name: String,
    pub(super) measured: f64,
    pub(super) side: Side,
    #[serde(rename = "floor")]
    pub(super) bound: f64,
    pub(super) aim: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Side {
    AtMost,
    AtLeast,
}

impl Side {
    /// Whether a figure is on the good side of a bound.
    pub(super) fn admits(self, measured: f64, bound: f64) -> bool {
        match self {
            Self::AtMost => measured <= bound,
            Self::AtLeast => measured >= bound,
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) measured: f64,
}

impl Report {
    pub(super) fn parse(json: &[u8]) -> Result<Self> {
        Ok(serde_json::from_slice(json)?)
    }
}

/// Runs of one bench, in order; at least one.
#[derive(Debug, Clone)]
pub(super) struct Runs {
    pub(super) bench: String,
    pub(super) reports: Vec<Report>,
}

/// Reads every report of a folder: files named `<bench>-<run>.json`.
pub(super) fn read_all(folder: &Path) -> Result<Vec<Runs>> {
    let mut by_bench: BTreeMap<String, Vec<Report>> = BTreeMap::new();
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        files.push(entry?.path());
    }
    files.sort();
    for file in files {
        let stem = file.file_stem().and_then(|stem| stem.to_str());
        let Some((bench, _)) = stem.and_then(|stem| stem.rsplit_once('-')) else {
            continue;
        };
        let report =
            Report::parse(&fs::read(&file)?).with_context(|| file.display().to_string())?;
        by_bench.entry(bench.to_owned()).or_default().push(report);
    }
    let runs = |(bench, reports)| Runs { bench, reports };
    Ok(by_bench.into_iter().map(runs).collect())
}

/// Median, least and greatest of some figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) greatest: f64,
    pub(super) count: usize,
}

impl Spread {
    /// Of at least one figure; none of none.
    pub(super) fn of(figures: impl Iterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.collect();
        sorted.sort_by(f64::total_cmp);
        let (least, greatest) = (*sorted.first()?, *sorted.last()?);
        let upper = sorted[sorted.len() / 2];
        let lower = sorted[(sorted.len() - 1) / 2];
        Some(Self {
            median: f64::midpoint(lower, upper),
            least,
            greatest,
            count: sorted.len(),
        })
    }
}

impl Runs {
    /// A figure of every workload of that name, run by run.
    pub(super) fn workloads(&self, name: &str, of: fn(&Workload) -> f64) -> Option<Spread> {
        let rows = self.reports.iter().flat_map(|report| &report.workloads);
        Spread::of(rows.filter(|row| row.name == name).map(of))
    }

    pub(super) fn floors(&self, name: &str) -> Option<Spread> {
        let rows = self.reports.iter().flat_map(|report| &report.floors);
        Spread::of(rows.filter(|row| row.name == name).map(|row| row.measured))
    }

    pub(super) fn figures(&self, name: &str) -> Option<Spread> {
        let rows = self.reports.iter().flat_map(|report| &report.figures);
        Spread::of(rows.filter(|row| row.name == name).map(|row| row.measured))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_of_runs_lies_between_the_middle_two() {
        let spread = |figures: &[f64]| Spread::of(figures.iter().copied());
        assert_eq!(spread(&[]), None);
        let odd = spread(&[3.0, 1.0, 2.0]).unwrap();
        let expected = Spread {
            median: 2.0,
            least: 1.0,
            greatest: 3.0,
            count: 3,
        };
        assert_eq!(odd, expected);
        let even = spread(&[4.0, 1.0, 2.0, 3.0]).unwrap();
        assert!((even.median - 2.5).abs() < 1e-9);
    }
}
