//! Documents that must keep up with the tree.

use std::path::Path;

use anyhow::{Context, Result};

pub(super) fn check(root: &Path, crate_folders: &[String]) -> Result<Vec<String>> {
    let mut offences = Vec::new();
    let map = read(root, "ARCHITECTURE.md")?;
    for folder in crate_folders {
        if !map.contains(&format!("`{folder}`")) {
            offences.push(format!("ARCHITECTURE.md: the code map lacks `{folder}`"));
        }
    }
    let index = read(root, "docs/adr/README.md")?;
    for entry in std::fs::read_dir(root.join("docs/adr")).context("reading docs/adr")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != "README.md" && !index.contains(&name) {
            offences.push(format!("docs/adr/README.md: the index lacks {name}"));
        }
    }
    for name in [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/glossary.md",
        "LICENSE",
    ] {
        if !root.join(name).is_file() {
            offences.push(format!("{name} is missing"));
        }
    }
    Ok(offences)
}

fn read(root: &Path, name: &str) -> Result<String> {
    std::fs::read_to_string(root.join(name)).with_context(|| format!("reading {name}"))
}
