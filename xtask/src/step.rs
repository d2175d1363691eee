//! Running other programs, one named step at a time.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

/// Runs a program and says how long it took; fails when it fails.
pub(crate) fn run(name: &str, command: &mut Command) -> Result<()> {
    println!("==> {name}");
    let start = now();
    let status = command
        .status()
        .with_context(|| format!("starting {}", command.get_program().display()))?;
    if !status.success() {
        bail!("step \"{name}\" failed ({status}); run it alone with: {command:?}");
    }
    println!("    {name}: {} s", start.elapsed().as_secs());
    Ok(())
}

/// Makes a Python environment in a folder; its programs are in `bin`.
pub(crate) fn python_environment(folder: &Path) -> Result<()> {
    run(
        "python environment",
        Command::new("python3").args(["-m", "venv"]).arg(folder),
    )
}

/// `cargo` with these arguments.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments);
    command
}

/// The folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| PathBuf::from("target"), PathBuf::from)
}

/// The built program, in the folder of a profile: `debug` or `release`.
pub(crate) fn theriac(profile: &str) -> PathBuf {
    target().join(profile).join("theriac")
}

/// Whether a program answers to `--version`.
pub(crate) fn exists(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .output()
        .is_ok_and(|output| output.status.success())
}

/// Whether both files are there, and the first was changed after the second.
pub(crate) fn is_younger(file: &Path, than: &Path) -> bool {
    let changed = |file: &Path| file.metadata().and_then(|metadata| metadata.modified());
    matches!((changed(file), changed(than)), (Ok(file), Ok(than)) if file > than)
}

#[expect(clippy::disallowed_methods, reason = "a tool that times its own steps")]
fn now() -> Instant {
    Instant::now()
}
