//! `cargo xtask torture`: real nodes on real disks, and everything that will happen to them.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{prerequisites, step};

/// Exit code of the harness on a machine that cannot do this.
const CANNOT: i32 = 77;

/// The short runs: of nodes, and of a service's database.
const SHORT: [&[&str]; 2] = [&["--short"], &["--databases", "5"]];

/// What is run.
#[derive(Debug)]
pub(crate) struct Torture<'a> {
    /// Install missing system packages.
    pub(crate) install: bool,
    /// Build with optimisation.
    pub(crate) release: bool,
    /// Handed on to `theriac-torture`.
    pub(crate) arguments: &'a [String],
}

/// Builds the program and the harness, and runs it.
pub(crate) fn run(torture: &Torture<'_>) -> Result<()> {
    prerequisites::for_torture(torture.install)?;
    let mut command = build(torture.release)?;
    command.args(torture.arguments);
    finish(&mut command)
}

/// The short run of continuous integration, where the machine allows it; says so where not. The
/// programs are built.
pub(crate) fn short() -> Result<()> {
    prerequisites::for_torture(true)?;
    for arguments in SHORT {
        let mut command = program("debug");
        command.args(arguments.iter());
        println!("==> torture, the short run: {}", arguments.join(" "));
        if !passes(&mut command)? {
            break;
        }
    }
    Ok(())
}

/// Whether the machine can do it; what it does must pass.
fn passes(command: &mut Command) -> Result<bool> {
    let status = command.status().context("starting the harness")?;
    match status.code() {
        Some(0) => Ok(true),
        Some(CANNOT) => {
            println!("    torture: skipped, for the reason above");
            Ok(false)
        }
        _ => bail!("the network did not keep its word ({status}); repeat with: {command:?}"),
    }
}

fn build(release: bool) -> Result<Command> {
    let mut cargo = step::cargo(&[
        "build",
        "--package",
        "theriac",
        "--package",
        "theriac-torture",
    ]);
    if release {
        cargo.arg("--release");
    }
    step::run("build theriac and the harness", &mut cargo)?;
    Ok(program(if release { "release" } else { "debug" }))
}

fn program(profile: &str) -> Command {
    let program: PathBuf = step::target().join(profile).join("theriac-torture");
    let mut command = Command::new(program);
    command.args(["--commit", &format!("{}, {profile} build", commit())]);
    command
}

/// Ends with the exit code of the harness; a signal from the terminal reaches it too.
fn finish(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    // It takes the place of this process, so that Ctrl-C ends it alone and its last words are seen.
    let error = command.exec();
    Err(error).context("starting the harness")
}

/// What is built here: the last commit, and whether files differ from it.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| text.trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else {
        return "unknown commit".to_owned();
    };
    let is_changed = git(&["status", "--porcelain", "--untracked-files=no"])
        .is_some_and(|changes| !changes.is_empty());
    if is_changed {
        format!("{commit} with changes")
    } else {
        commit
    }
}
