//! `cargo xtask bench-report`: measures this machine with the built program and the kernels' benches,
//! and writes docs/benchmarks.md from what they say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::step;

mod document;
mod kernels;
mod reports;

use reports::Report;

/// Where the reports of single runs are kept, in cargo's folder.
const FOLDER: &str = "bench-report";

/// What is to be said by hand about the figures.
const NOTES: &str = "docs/benchmarks-notes.md";
const DOCUMENT: &str = "docs/benchmarks.md";

/// Crates with benches of kernels.
const KERNELS: [&str; 5] = [
    "theriac-gs1",
    "theriac-label",
    "theriac-crypto",
    "theriac-ledger",
    "theriac-node",
];

/// What to do.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// One run of each bench instead of five, with fewer packs, and no soak.
    #[arg(long)]
    quick: bool,
    /// Ask the verifier with ten million packs on record, too; takes an hour.
    #[arg(long)]
    many: bool,
    /// Measure nothing: write the document from the reports of the last time.
    #[arg(long)]
    write_only: bool,
}

/// One bench of `theriac bench`, and how often it is run.
struct Bench {
    name: &'static str,
    arguments: &'static [&'static str],
    runs: usize,
}

/// Builds, measures and writes.
pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = step::target().join(FOLDER);
    if !options.write_only {
        measure(options, &folder)?;
    }
    let notes = fs::read_to_string(NOTES).with_context(|| NOTES.to_owned())?;
    let reports = reports::read_all(&folder)?;
    ensure!(
        !reports.is_empty(),
        "there are no reports in {}",
        folder.display()
    );
    let kernels = kernels::read_all(&kernels_folder())?;
    let text = document::write(&reports, &kernels, &notes);
    fs::write(DOCUMENT, text).with_context(|| DOCUMENT.to_owned())?;
    println!("    {DOCUMENT}");
    Ok(())
}

fn measure(options: &Options, folder: &Path) -> Result<()> {
    let revision = revision()?;
    let mut build = step::cargo(&["build", "--release", "--package", "theriac"]);
    step::run("build", build.env("THERIAC_REVISION", &revision))?;
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let program = step::theriac("release");
    for bench in benches(options) {
        for number in 1..=bench.runs {
            let file = folder.join(format!("{}-{number}.json", bench.name));
            one(&program, &bench, &file)?;
        }
    }
    let known = kernels_folder();
    if known.exists() {
        fs::remove_dir_all(known)?;
    }
    for kernel in KERNELS {
        let mut command = step::cargo(&["bench", "--package", kernel, "--benches"]);
        step::run(&format!("kernels of {kernel}"), &mut command)?;
    }
    Ok(())
}

fn benches(options: &Options) -> Vec<Bench> {
    let bench = |name, arguments, runs| Bench {
        name,
        arguments,
        runs,
    };
    if options.quick {
        return vec![
            bench("ledger", &["ledger"], 1),
            bench("verify", &["verify"], 1),
            bench("services", &["services"], 1),
        ];
    }
    let mut benches = vec![
        bench("ledger", &["ledger"], 5),
        bench("verify", &["verify", "--packs", "1000000"], 5),
        bench("services", &["services"], 5),
        bench("soak", &["soak"], 1),
    ];
    if options.many {
        let arguments = &["verify", "--packs", "10000000", "--evidence"];
        benches.push(bench("verify-many", arguments, 1));
    }
    benches
}

/// Runs a bench once and keeps its report. A bench that missed a floor has a report, too.
fn one(program: &Path, bench: &Bench, file: &PathBuf) -> Result<()> {
    println!("==> theriac bench {}", bench.arguments.join(" "));
    let output = Command::new(program)
        .arg("bench")
        .args(bench.arguments)
        .args(["--output", "json"])
        .stderr(std::process::Stdio::inherit())
        .output()
        .with_context(|| format!("starting {}", program.display()))?;
    Report::parse(&output.stdout)
        .with_context(|| format!("theriac bench {} gave no report", bench.name))?;
    fs::write(file, &output.stdout).with_context(|| file.display().to_string())?;
    println!("    {}", file.display());
    Ok(())
}

/// Where the kernels' benches leave what they measured.
fn kernels_folder() -> PathBuf {
    step::target().join("criterion")
}

/// The revision that is built.
fn revision() -> Result<String> {
    let output = Command::new("git")
        .args(["describe", "--always", "--dirty", "--abbrev=12"])
        .output()
        .context("starting git")?;
    ensure!(output.status.success(), "git knows no revision here");
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
