//! `cargo xtask ci`: exactly what continuous integration runs.

use std::path::Path;

use anyhow::{Result, ensure};

use crate::{conformance, openapi, simulate, step, test, tidy, torture};

/// Runs everything; `corpora` is the folder of conformance data.
pub(crate) fn run(corpora: &Path) -> Result<()> {
    ensure!(
        corpora.is_dir(),
        "there is no folder {}: give its path",
        corpora.display()
    );
    tidy::run()?;
    step::run("format", &mut step::cargo(&["fmt", "--all", "--check"]))?;
    test::run(true)?;
    simulate::short()?;
    torture::short()?;
    openapi::run(true)?;
    step::run(
        "lints",
        step::cargo(&["clippy", "--workspace", "--all-targets"])
            .env("CLIPPY_CONF_DIR", ".")
            .args(["--", "--deny", "warnings"]),
    )?;
    step::run(
        "documentation",
        step::cargo(&[
            "doc",
            "--workspace",
            "--no-deps",
            "--document-private-items",
        ])
        .env("RUSTDOCFLAGS", "--deny warnings"),
    )?;
    conformance::epcis(corpora)?;
    conformance::gs1(corpora)
}
