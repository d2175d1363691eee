//! `cargo xtask simulate`: whole consortiums in one thread each, repeated from their seeds.

use std::process::Command;

use anyhow::Result;

use crate::step;

/// Builds the simulator and hands every argument on to it; `is_optimised` is for many seeds.
pub(crate) fn run(is_optimised: bool, arguments: &[String]) -> Result<()> {
    let mut build = step::cargo(&["build", "--package", "theriac-simulator"]);
    let folder = if is_optimised {
        build.args(["--profile", "simulation"]);
        "simulation"
    } else {
        "debug"
    };
    step::run("build the simulator", &mut build)?;
    let program = step::target().join(folder).join("theriac-simulator");
    step::run("simulate", Command::new(program).args(arguments))
}
