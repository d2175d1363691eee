//! `cargo xtask demo`: builds the program and starts the demonstration.

use anyhow::Result;

use crate::{prerequisites, step, web};

/// Builds with optimisation and hands every argument on to `theriac demo`.
pub(crate) fn run(install: bool, arguments: &[String]) -> Result<()> {
    prerequisites::for_demo(install)?;
    web::run(install)?;
    step::run(
        "build",
        &mut step::cargo(&["build", "--release", "--package", "theriac"]),
    )?;
    let mut demo = std::process::Command::new(step::theriac("release"));
    demo.arg("demo").args(arguments);
    step::run("theriac demo", &mut demo)
}
