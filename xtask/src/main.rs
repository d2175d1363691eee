//! Tasks of the repository.

mod conformance;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(about = "Tasks of the repository")]
enum Task {
    /// Runs the published cases of others against our crates.
    #[command(subcommand)]
    Conformance(Conformance),
}

#[derive(Debug, Subcommand)]
enum Conformance {
    /// The cases of the GS1 syntax engine and the GS1 Barcode Syntax Dictionary.
    Gs1 {
        /// The folder that holds `gs1-syntax`.
        corpora: PathBuf,
    },
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Conformance(Conformance::Gs1 { corpora }) => conformance::gs1(&corpora),
    }
}
