//! `cargo xtask golden`: vectors of every byte that is hashed or signed.

use anyhow::Result;

use crate::step;

/// Where vectors come from: package and the example that writes them.
const SOURCES: &[(&str, &str)] = &[("theriac-ledger", "golden"), ("theriac-proof", "golden")];

/// Compares the vectors with the code, or writes them anew.
pub(crate) fn run(update: bool) -> Result<()> {
    for (package, example) in SOURCES {
        let mut arguments = vec!["run", "--quiet", "--package", package, "--example", example];
        if update {
            arguments.extend(["--", "--update"]);
        }
        step::run(package, &mut step::cargo(&arguments))?;
    }
    Ok(())
}
