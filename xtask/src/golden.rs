//! `cargo xtask golden`: vectors of every byte that is hashed or signed.

use anyhow::Result;

use crate::step;

/// Where vectors come from: package and the example that writes them.
const SOURCES: &[(&str, &str)] = &[
    ("theriac-crypto", "golden"),
    ("theriac-ledger", "golden"),
    // Its proofs of state are over the records of the ledger's vectors, so it comes after.
    ("theriac-proof", "golden"),
    // Whole evidence, in the vectors of the repository.
    ("theriac-node", "golden"),
];

/// Packages whose vectors no program writes: they come from the document alone, and the tests named
/// `vectors` compare them with the code.
const FIXED: &[&str] = &["theriac-http", "theriac-consensus"];

/// Compares the vectors with the code, or writes anew those that have a source.
pub(crate) fn run(update: bool) -> Result<()> {
    for (package, example) in SOURCES {
        let mut arguments = vec!["run", "--quiet", "--package", package, "--example", example];
        if update {
            arguments.extend(["--", "--update"]);
        }
        step::run(package, &mut step::cargo(&arguments))?;
    }
    for package in FIXED {
        let arguments = [
            "test",
            "--quiet",
            "--package",
            package,
            "--test",
            "it",
            "vectors",
        ];
        step::run(package, &mut step::cargo(&arguments))?;
    }
    Ok(())
}
