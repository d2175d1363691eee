//! What must be on the machine beside Rust, and how to get it.

use std::process::Command;

use anyhow::{Result, bail};

use crate::step;

/// Something the tests or the demo need.
struct Prerequisite {
    /// What it is for.
    purpose: &'static str,
    /// Program and arguments that show that it is there.
    probe: (&'static str, &'static [&'static str]),
    /// Debian package that brings it.
    package: &'static str,
}

const COMPILER: Prerequisite = Prerequisite {
    purpose: "linking, and building SQLite",
    probe: ("cc", &["--version"]),
    package: "gcc",
};
const PYTHON: Prerequisite = Prerequisite {
    purpose: "reading our labels with an independent reader",
    probe: ("python3", &["-c", "import venv, ensurepip"]),
    package: "python3-venv",
};
const OPENSSL: Prerequisite = Prerequisite {
    purpose: "opening our key files with an independent program",
    probe: ("openssl", &["version"]),
    package: "openssl",
};

/// Checks what building and the demo need.
pub(crate) fn for_demo(install: bool) -> Result<()> {
    check(&[COMPILER], install)
}

/// Checks what the tests need.
pub(crate) fn for_tests(install: bool) -> Result<()> {
    check(&[COMPILER, PYTHON, OPENSSL], install)
}

fn check(wanted: &[Prerequisite], install: bool) -> Result<()> {
    let missing: Vec<_> = wanted
        .iter()
        .filter(|wanted| !step::exists(wanted.probe.0, wanted.probe.1))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = missing.iter().map(|missing| missing.package).collect();
    if install {
        step::run(
            "apt-get update",
            Command::new("apt-get").args(["update", "--quiet"]),
        )?;
        return step::run(
            "apt-get install",
            Command::new("apt-get")
                .args(["install", "--yes", "--quiet"])
                .args(&packages),
        );
    }
    for missing in &missing {
        eprintln!("missing: {} (for {})", missing.package, missing.purpose);
    }
    bail!("install with: sudo apt-get install {}", packages.join(" "))
}
