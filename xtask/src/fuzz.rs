//! `cargo xtask fuzz TARGET`: a fuzzer of `fuzz/`, on the stable compiler; `--all` runs every one.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::step;

/// What libFuzzer needs to see of a program. The compiler's own passes put it in; no sanitizer, which
/// only the nightly compiler has, is needed: our code holds nothing unsafe.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Ccodegen-units=1 \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";

/// The longest input tried: longer than any seed, short enough to be quick.
const INPUT_BYTES_MAX: &str = "24576";

/// An input that takes longer is a finding: the slowest honest one takes a second.
const INPUT_SECONDS_MAX: &str = "20";

/// What one run came to.
#[derive(Debug, Default)]
struct Outcome {
    target: String,
    executions: String,
    coverage: String,
    findings: usize,
}

/// Which targets are run.
#[derive(Debug)]
pub(crate) enum Targets {
    /// One, and everything that it says is printed.
    One(String),
    /// Every one, with a table at the end.
    All,
}

/// Builds and runs targets, each for some seconds. What they find stays in the target folder.
pub(crate) fn run(targets: &Targets, seconds: u64) -> Result<()> {
    let folder = step::target().join("fuzz");
    build(targets, &folder)?;
    let mut outcomes = Vec::new();
    match targets {
        Targets::One(target) => outcomes.push(fuzz(target, seconds, &folder, true)?),
        Targets::All => {
            for target in names()? {
                println!("==> fuzz {target}");
                outcomes.push(fuzz(&target, seconds, &folder, false)?);
            }
        }
    }
    println!(
        "{:<16} {:>12} {:>10} {:>9}",
        "target", "executions", "coverage", "findings"
    );
    for outcome in &outcomes {
        println!(
            "{:<16} {:>12} {:>10} {:>9}",
            outcome.target, outcome.executions, outcome.coverage, outcome.findings
        );
    }
    let findings: usize = outcomes.iter().map(|outcome| outcome.findings).sum();
    ensure!(
        findings == 0,
        "{findings} inputs break a target; they are in {}",
        folder.join("findings").display()
    );
    Ok(())
}

/// Alters valid transactions, in an optimised build.
pub(crate) fn mutate(count: u64, seed: u64) -> Result<()> {
    let mut command = step::cargo(&["run", "--release", "--package", "theriac-hostile"]);
    // The decoders are of no use here, and take many minutes to build.
    command.args(["--no-default-features", "--example", "mutate", "--"]);
    command.args([count.to_string(), seed.to_string()]);
    step::run("alter valid transactions", &mut command)
}

/// Names of all targets, in order.
fn names() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir("fuzz/fuzz_targets").context("reading fuzz/fuzz_targets")? {
        let path = entry?.path();
        let name = path.file_stem().and_then(|name| name.to_str());
        names.extend(name.map(str::to_owned));
    }
    names.sort_unstable();
    Ok(names)
}

fn build(targets: &Targets, folder: &Path) -> Result<()> {
    let mut command = step::cargo(&["build", "--release", "--manifest-path", "fuzz/Cargo.toml"]);
    match targets {
        Targets::One(target) => command.args(["--bin", target]),
        Targets::All => command.arg("--bins"),
    };
    command
        .args(["--target", env!("THERIAC_HOST"), "--target-dir"])
        .arg(folder)
        .env("RUSTFLAGS", COVERAGE);
    step::run("build the fuzzers", &mut command)
}

fn fuzz(target: &str, seconds: u64, folder: &Path, shows_all: bool) -> Result<Outcome> {
    let corpus = folder.join("corpus").join(target);
    let findings = folder.join("findings").join(target);
    std::fs::create_dir_all(&corpus)?;
    std::fs::create_dir_all(&findings)?;
    let known = count(&findings)?;
    let program = folder
        .join(env!("THERIAC_HOST"))
        .join("release")
        .join(target);
    let mut fuzzer = Command::new(program)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={INPUT_BYTES_MAX}"))
        .arg(format!("-timeout={INPUT_SECONDS_MAX}"))
        .arg("-print_final_stats=1")
        .arg(format!("-artifact_prefix={}/", findings.display()))
        .arg(&corpus)
        .arg(Path::new("fuzz/seeds").join(target))
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting the fuzzer {target}"))?;
    let mut outcome = Outcome {
        target: target.to_owned(),
        ..Outcome::default()
    };
    let output = fuzzer.stderr.take().context("the fuzzer has no output")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.context("reading what the fuzzer says")?;
        let line = String::from_utf8_lossy(&line);
        if shows_all || line.contains("panicked") || line.contains("ERROR") {
            eprintln!("{line}");
        }
        note(&line, &mut outcome);
    }
    let status = fuzzer.wait()?;
    outcome.findings = count(&findings)?.saturating_sub(known);
    ensure!(
        status.success() || outcome.findings > 0,
        "the fuzzer {target} failed ({status}) and left no input"
    );
    Ok(outcome)
}

/// Takes from a line of libFuzzer what it says of coverage and executions.
fn note(line: &str, outcome: &mut Outcome) {
    if let Some((_, rest)) = line.split_once(" cov: ") {
        let coverage = rest.split_whitespace().next();
        coverage
            .unwrap_or_default()
            .clone_into(&mut outcome.coverage);
    }
    if let Some((_, count)) = line.split_once("number_of_executed_units:") {
        count.trim().clone_into(&mut outcome.executions);
    }
}

fn count(folder: &PathBuf) -> Result<usize> {
    Ok(std::fs::read_dir(folder)?.count())
}
