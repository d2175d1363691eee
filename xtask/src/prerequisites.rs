//! What must be on the machine beside Rust, and how to get it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

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
const MAKE: Prerequisite = Prerequisite {
    purpose: "building the memory allocator",
    probe: ("make", &["--version"]),
    package: "make",
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

const CHROMIUM: Prerequisite = Prerequisite {
    purpose: "checking evidence in a browser",
    probe: ("chromium", &["--version"]),
    package: "chromium",
};

const FAKETIME: Prerequisite = Prerequisite {
    purpose: "letting days pass in tests",
    probe: ("sh", &["-c", "ls /usr/lib/*/faketime/libfaketimeMT.so.1"]),
    package: "libfaketime",
};

const POSTGRES: Prerequisite = Prerequisite {
    purpose: "running every test of a database on PostgreSQL, too",
    probe: ("sh", &["-c", "ls /usr/lib/postgresql/*/bin/initdb"]),
    package: "postgresql",
};

const SYSTEMD: Prerequisite = Prerequisite {
    purpose: "checking the units of deploy/systemd",
    probe: ("systemd-analyze", &["--version"]),
    package: "systemd",
};

const NETWORK: Prerequisite = Prerequisite {
    purpose: "laying a wire between nodes",
    probe: ("ip", &["-Version"]),
    package: "iproute2",
};

const DISKS: Prerequisite = Prerequisite {
    purpose: "giving every node a disk of its own",
    probe: ("mkfs.ext4", &["-V"]),
    package: "e2fsprogs",
};

const NAMESPACES: Prerequisite = Prerequisite {
    purpose: "keeping nodes apart",
    probe: ("unshare", &["--version"]),
    package: "util-linux",
};

/// What the page's check of evidence is compiled for.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Major version of Node from which the driver of the browser runs.
const NODE_MIN: u32 = 20;

/// Checks what building and the demo need.
pub(crate) fn for_demo(install: bool) -> Result<()> {
    check(&[COMPILER, MAKE], install)
}

/// Checks what the tests need.
pub(crate) fn for_tests(install: bool) -> Result<()> {
    check_node()?;
    let wanted = [
        COMPILER, MAKE, PYTHON, OPENSSL, CHROMIUM, FAKETIME, POSTGRES, SYSTEMD,
    ];
    check(&wanted, install)
}

/// Checks what torturing real nodes needs, beside what only root has.
pub(crate) fn for_torture(install: bool) -> Result<()> {
    check(
        &[COMPILER, MAKE, PYTHON, FAKETIME, NETWORK, DISKS, NAMESPACES],
        install,
    )
}

/// Checks what the page's check of evidence needs.
pub(crate) fn for_web(install: bool) -> Result<()> {
    let libraries = Command::new("rustc")
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .output()
        .context("starting rustc")?;
    let folder = String::from_utf8_lossy(&libraries.stdout);
    if libraries.status.success() && Path::new(folder.trim()).is_dir() {
        return Ok(());
    }
    if install {
        return step::run(
            "rustup target add",
            Command::new("rustup").args(["target", "add", WASM_TARGET]),
        );
    }
    eprintln!("missing: the compiler's target {WASM_TARGET} (for checking evidence in the page)");
    bail!("install with: rustup target add {WASM_TARGET}")
}

/// Node is named and never installed: Debian's is too old, and many have one of their own.
fn check_node() -> Result<()> {
    let output = Command::new("node").arg("--version").output();
    let version = output
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .unwrap_or_default();
    let major = version.trim_start_matches('v').split('.').next();
    let is_new = major
        .and_then(|major| major.parse::<u32>().ok())
        .is_some_and(|major| major >= NODE_MIN);
    if is_new && step::exists("npm", &["--version"]) {
        return Ok(());
    }
    bail!(
        "missing: Node {NODE_MIN} or later, with npm (for checking evidence in a browser; found: {})",
        if version.is_empty() { "none" } else { &version }
    )
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
