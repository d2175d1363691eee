//! `cargo xtask simulate`: whole consortiums in one thread each, repeated from their seeds.

use std::process::Command;

use anyhow::Result;

use crate::step;

/// Seeds of the short run.
const SHORT: &str = "0..200";

/// Builds the simulator and hands every argument on to it; `is_optimised` is for many seeds.
pub(crate) fn run(is_optimised: bool, arguments: &[String]) -> Result<()> {
    let mut build = step::cargo(&["build", "--package", "theriac-simulator"]);
    let profile = if is_optimised { "simulation" } else { "debug" };
    if is_optimised {
        build.args(["--profile", profile]);
    }
    step::run("build the simulator", &mut build)?;
    step::run("simulate", program(profile).args(arguments))
}

/// The short run of continuous integration, and every planted bug; the programs are built.
pub(crate) fn short() -> Result<()> {
    step::run("simulate", program("debug").args(["--seeds", SHORT]))?;
    step::run("find planted bugs", program("debug").arg("--bugs"))
}

fn program(profile: &str) -> Command {
    Command::new(step::target().join(profile).join("theriac-simulator"))
}
