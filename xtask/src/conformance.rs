//! `cargo xtask conformance`: runs published cases of others against our crates.

mod dictionary;
mod element_strings;
mod links;
mod report;
mod scans;
mod schemathesis;
mod vector;

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use report::Report;
use vector::Vector;

use crate::step;

/// The published cases of link parsing; all of them must run.
const LINK_PARSE_CASES: usize = 59;

/// Runs the cases of `gs1-syntax` under `corpora`, prints what passed, failed and was excluded, and
/// fails when a case failed.
///
/// # Errors
/// Files that cannot be read, a case that failed, or link cases that did not run.
pub(crate) fn gs1(corpora: &Path) -> anyhow::Result<()> {
    let folder = corpora.join("gs1-syntax");
    let folder = if folder.is_dir() {
        folder
    } else {
        corpora.to_path_buf()
    };
    let mut report = Report::default();
    for file in [
        "dl-vectors.json",
        "ai-vectors.json",
        "scandata-vectors.json",
    ] {
        for vector in Vector::read_all(&folder.join(file))? {
            let outcome = run(&vector)
                .with_context(|| format!("{file}: {} of line {}", vector.function, vector.line))?;
            report.record(&vector.function, vector.line, outcome);
        }
    }
    dictionary::run(&folder.join("gs1-syntax-dictionary.txt"), &mut report)?;
    report.print();
    let link_cases = report.count_run("test_parseDLuri");
    ensure!(
        link_cases == LINK_PARSE_CASES,
        "{link_cases} cases of link parsing ran, there are {LINK_PARSE_CASES}"
    );
    ensure!(report.failed() == 0, "{} cases failed", report.failed());
    Ok(())
}

/// Checks the documents of our tests against the schema of `gs1-epcis` under `corpora`.
///
/// # Errors
/// A document that is not valid, or packages that are missing.
pub(crate) fn epcis(corpora: &Path) -> anyhow::Result<()> {
    let schema = corpora.join("gs1-epcis/EPCIS-JSON-Schema.json");
    let folder = Path::new("tests/vectors/epcis");
    let documents = ["commissioning.json", "packing.json"].map(|name| folder.join(name));
    step::run(
        "documents of EPCIS",
        Command::new("node")
            .arg("tests/epcis/validate.mjs")
            .arg(schema)
            .args(documents),
    )
}

/// Calls every service of `theriac demo` at least so often as its description says and otherwise.
///
/// # Errors
/// An answer that is not as described, or programs that are missing.
pub(crate) fn interfaces(calls: u32) -> anyhow::Result<()> {
    schemathesis::run(calls)
}

fn run(vector: &Vector) -> anyhow::Result<report::Outcome> {
    match vector.function.as_str() {
        "test_parseDLuri" => links::parse(vector),
        "test_testGenerateDLuri" => links::generate(vector),
        "test_URIescape" => links::escape(vector),
        "test_URIunescape" => links::unescape(vector),
        "test_parseAIdata" => element_strings::parse_bracketed(vector),
        "test_processAIdata" => element_strings::parse_marked(vector),
        "test_validateAIs" => element_strings::check_combination(vector),
        "test_errMarkup" => element_strings::mark_error(vector),
        "test_existsInAIdata" => Ok(report::Outcome::Excluded(
            "the text searched is a C symbol whose value the vectors do not hold",
        )),
        "test_testGenerateScanData" => scans::generate(vector),
        "test_testProcessScanData" => scans::process(vector),
        other => anyhow::bail!("no runner for {other}"),
    }
}
