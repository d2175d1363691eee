//! `cargo xtask openapi`: the descriptions of the services' interfaces, kept in `openapi/`.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::step;

const SERVICES: [&str; 5] = [
    "manufacturer",
    "distributor",
    "pharmacy",
    "regulator",
    "verifier",
];

/// Writes the descriptions anew, or only compares them with the code.
pub(crate) fn run(check: bool) -> Result<()> {
    step::run(
        "build",
        &mut step::cargo(&["build", "--quiet", "--package", "theriac"]),
    )?;
    let program = step::theriac("debug");
    for service in SERVICES {
        let output = Command::new(&program)
            .args(["openapi", service])
            .output()
            .with_context(|| format!("starting {}", program.display()))?;
        ensure!(output.status.success(), "theriac openapi {service} failed");
        let file = format!("openapi/{service}.json");
        if check {
            ensure!(
                fs::read(&file).is_ok_and(|kept| kept == output.stdout),
                "{file} is not what the code says: run `cargo xtask openapi` and look at the difference"
            );
        } else {
            fs::write(&file, &output.stdout).with_context(|| file.clone())?;
        }
        println!("    {file}");
    }
    Ok(())
}
