//! `cargo xtask test`: every test of this repository.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::{prerequisites, step};

/// Runs the tests; `install` brings missing system packages.
pub(crate) fn run(install: bool) -> Result<()> {
    prerequisites::for_tests(install)?;
    // The system tests start the program as a process of its own.
    step::run(
        "build theriac",
        &mut step::cargo(&["build", "--package", "theriac"]),
    )?;
    if step::exists(env!("CARGO"), &["nextest", "--version"]) {
        step::run(
            "tests",
            &mut step::cargo(&["nextest", "run", "--workspace", "--no-fail-fast"]),
        )?;
    } else {
        step::run(
            "tests",
            &mut step::cargo(&["test", "--workspace", "--lib", "--bins", "--tests"]),
        )?;
    }
    step::run(
        "documentation tests",
        &mut step::cargo(&["test", "--workspace", "--doc"]),
    )?;
    labels(&reader()?)
}

/// A Python environment under `target/` with the independent barcode reader.
fn reader() -> Result<PathBuf> {
    let folder = Path::new("target/interop");
    let python = folder.join("bin/python");
    if !step::exists(&python.to_string_lossy(), &["-c", "import zxingcpp, PIL"]) {
        step::run(
            "python environment",
            Command::new("python3").args(["-m", "venv"]).arg(folder),
        )?;
        step::run(
            "independent barcode reader",
            Command::new(&python).args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "zxing-cpp==2.3.0",
                "pillow==11.1.0",
            ]),
        )?;
    }
    Ok(python)
}

/// Reads labels that `theriac label` makes with a reader that is not ours.
fn labels(python: &Path) -> Result<()> {
    step::run(
        "labels",
        Command::new(python).arg("tests/interop/check_labels.py"),
    )
}
