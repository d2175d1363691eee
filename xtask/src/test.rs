//! `cargo xtask test`: every test of this repository.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use theriac_postgres::Server;

use crate::{prerequisites, step, web};

/// Folders of tests in JavaScript: what checks the page in a browser, and a client of EPCIS that others
/// wrote.
const SCRIPTS: [&str; 2] = ["tests/browser", "tests/epcis"];

/// Runs the tests; `install` brings missing system packages.
pub(crate) fn run(install: bool) -> Result<()> {
    prerequisites::for_tests(install)?;
    // The verifier takes it into the program.
    web::run(install)?;
    for folder in SCRIPTS {
        packages(folder)?;
    }
    // The system tests start the program as a process of its own. Building every program of the
    // workspace at once builds what they share once.
    step::run(
        "build the programs",
        &mut step::cargo(&["build", "--workspace", "--bins"]),
    )?;
    workspace()?;
    step::run(
        "documentation tests",
        &mut step::cargo(&["test", "--workspace", "--doc"]),
    )?;
    vectors()?;
    labels(&reader()?)
}

/// The tests in Rust, with one PostgreSQL server for all that ask for a database.
fn workspace() -> Result<()> {
    let server = Server::start().context("the database server of the tests")?;
    let mut tests = if step::exists(env!("CARGO"), &["nextest", "--version"]) {
        step::cargo(&["nextest", "run", "--workspace", "--no-fail-fast"])
    } else {
        step::cargo(&["test", "--workspace", "--lib", "--bins", "--tests"])
    };
    step::run(
        "tests",
        tests.env(theriac_postgres::VARIABLE, server.socket()),
    )
}

/// What a folder of scripts needs, as its lock file names it.
fn packages(folder: &str) -> Result<()> {
    let installed = Path::new(folder).join("node_modules/.package-lock.json");
    let locked = Path::new(folder).join("package-lock.json");
    if step::is_younger(&installed, &locked) {
        return Ok(());
    }
    step::run(
        &format!("packages of {folder}"),
        Command::new("npm").args([
            "ci",
            "--prefix",
            folder,
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ]),
    )
}

/// A Python environment in the target folder with the independent barcode reader.
fn reader() -> Result<PathBuf> {
    let folder = step::target().join("interop");
    let python = folder.join("bin/python");
    if !step::exists(
        &python.to_string_lossy(),
        &["-c", "import zxingcpp, PIL, pypdfium2, numpy"],
    ) {
        step::python_environment(&folder)?;
        step::run(
            "independent barcode reader",
            Command::new(&python).args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "zxing-cpp==2.3.0",
                "pillow==11.1.0",
                "pypdfium2==5.15.2",
                "numpy==2.2.6",
            ]),
        )?;
    }
    Ok(python)
}

/// Reads labels of `theriac label`, and those of the manufacturer's service that the system tests
/// kept, with a reader that is not ours.
fn labels(python: &Path) -> Result<()> {
    step::run(
        "labels of theriac label",
        Command::new(python).arg("tests/interop/check_labels.py"),
    )?;
    step::run(
        "labels of the manufacturer's service",
        Command::new(python)
            .arg("tests/interop/read_label.py")
            // Cargo gives the tests this folder as `CARGO_TARGET_TMPDIR`.
            .arg(step::target().join("tmp/labels")),
    )?;
    step::run(
        "sheets of labels",
        Command::new(python)
            .arg("tests/interop/read_sheets.py")
            .arg(step::target().join("tmp/sheets")),
    )
}

/// Computes the golden vectors from docs/ledger-format.md, without our code.
fn vectors() -> Result<()> {
    step::run(
        "golden vectors from the document alone",
        Command::new("python3").arg("tests/interop/check_ledger_vectors.py"),
    )?;
    step::run(
        "golden evidence, by a second verifier",
        Command::new("python3")
            .arg("tests/interop/check_evidence.py")
            .arg("tests/vectors"),
    )
}
