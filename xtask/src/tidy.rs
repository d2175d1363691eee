//! `cargo xtask tidy`: the rules of this repository that no compiler checks.

use anyhow::{Context, Result, bail};
use cargo_metadata::{Metadata, MetadataCommand};

mod documents;
mod files;
mod imports;
mod purity;
mod tokens;

/// Runs every rule and fails with the whole list of offences.
pub(crate) fn run() -> Result<()> {
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .context("reading cargo metadata")?;
    let root = metadata.workspace_root.as_std_path().to_owned();
    let tracked = files::tracked(&root)?;
    let mut offences = imports::check(&metadata);
    offences.extend(files::check(&root, &tracked));
    offences.extend(purity::check(&root, &tracked));
    offences.extend(documents::check(&root, &crate_folders(&metadata))?);
    if offences.is_empty() {
        println!(
            "tidy: {} files, {} packages: in order",
            tracked.len(),
            metadata.packages.len()
        );
        return Ok(());
    }
    for offence in &offences {
        eprintln!("tidy: {offence}");
    }
    bail!(
        "{} offences against the rules of this repository",
        offences.len()
    )
}

/// Folders of the workspace's packages, relative to its root.
fn crate_folders(metadata: &Metadata) -> Vec<String> {
    metadata
        .packages
        .iter()
        .filter_map(|package| package.manifest_path.parent())
        .filter_map(|folder| folder.strip_prefix(&metadata.workspace_root).ok())
        .map(|folder| folder.as_str().to_owned())
        .filter(|folder| !folder.is_empty())
        .collect()
}
