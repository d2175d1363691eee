//! `cargo xtask web`: the check of evidence as WebAssembly, for the verifier's page.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{fs, io};

use anyhow::{Context, Result};

use crate::{prerequisites, step};

/// Where it is put; git does not see it, and the verifier's build script takes it from there.
const FOLDER: &str = "web/dist";

/// Name of the module, and thereby of both files.
const MODULE: &str = "evidence";
const OUTPUTS: [&str; 2] = ["web/dist/evidence.js", "web/dist/evidence_bg.wasm"];

/// Everything that the module is built from, beside the crates that Cargo.lock names.
const INPUTS: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    "crates/crypto",
    "crates/gs1",
    "crates/ledger",
    "crates/proof",
    "crates/wasm",
    "xtask/web",
];

/// Profile of the build in the root Cargo.toml.
const PROFILE: &str = "wasm";

/// Builds the module, unless nothing has changed since; `install` brings the compiler's target.
pub(crate) fn run(install: bool) -> Result<()> {
    if is_current()? {
        println!("==> web: {FOLDER} is up to date");
        return Ok(());
    }
    prerequisites::for_web(install)?;
    let target = prerequisites::WASM_TARGET;
    step::run(
        "check of evidence as WebAssembly",
        step::cargo(&[
            "build",
            "--package",
            "theriac-wasm",
            "--target",
            target,
            "--profile",
            PROFILE,
        ])
        .env("CARGO_ENCODED_RUSTFLAGS", without_machine_paths()?),
    )?;
    let built = step::target()
        .join(target)
        .join(PROFILE)
        .join("theriac_wasm.wasm");
    step::run(
        "module around it",
        step::cargo(&["run", "--quiet", "--package", "xtask-web", "--"])
            .arg(built)
            .args([FOLDER, MODULE]),
    )?;
    for output in OUTPUTS {
        let size = fs::metadata(output).with_context(|| format!("{output} was not written"))?;
        println!("    {output}: {} KiB", size.len().div_ceil(1024));
    }
    Ok(())
}

/// Flags that keep the paths of this machine out of a file that every browser gets, and that make it
/// the same file on other machines.
fn without_machine_paths() -> Result<OsString> {
    let home = std::env::var_os("CARGO_HOME").map_or_else(
        || std::env::var_os("HOME").map(|home| Path::new(&home).join(".cargo")),
        |home| Some(PathBuf::from(home)),
    );
    let here = std::env::current_dir().context("finding the current folder")?;
    let mut flags = OsString::new();
    for (path, name) in [(home, "cargo"), (Some(here), "theriac")] {
        let Some(path) = path else { continue };
        if !flags.is_empty() {
            // How cargo parts flags that may hold spaces.
            flags.push("\u{1f}");
        }
        flags.push("--remap-path-prefix=");
        flags.push(path);
        flags.push("=");
        flags.push(name);
    }
    Ok(flags)
}

/// Whether every output is younger than every input.
fn is_current() -> Result<bool> {
    let mut oldest: Option<SystemTime> = None;
    for output in OUTPUTS {
        match fs::metadata(output).and_then(|metadata| metadata.modified()) {
            Ok(time) => oldest = Some(oldest.map_or(time, |oldest| oldest.min(time))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error).with_context(|| format!("looking at {output}")),
        }
    }
    let mut youngest: Option<SystemTime> = None;
    for input in INPUTS {
        let time = youngest_in(Path::new(input)).with_context(|| format!("looking at {input}"))?;
        youngest = youngest.max(Some(time));
    }
    Ok(youngest < oldest)
}

/// When the file, or anything in the folder, was last changed.
fn youngest_in(path: &Path) -> io::Result<SystemTime> {
    let metadata = fs::metadata(path)?;
    let mut youngest = metadata.modified()?;
    if metadata.is_dir() {
        for entry in fs::read_dir(path)? {
            let inside: PathBuf = entry?.path();
            youngest = youngest.max(youngest_in(&inside)?);
        }
    }
    Ok(youngest)
}
