//! `theriac change`: what the consortium decides about itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use theriac_ledger::change::Change;
use theriac_ledger::identifier::ChangeId;

use crate::arguments::OutputForm;
use crate::command::service::runtime;

pub(crate) mod course;
mod list;
pub(crate) mod member;
mod show;
pub(crate) mod words;

use course::Course;
use member::{Reader, ReaderOptions, SignerOptions};

/// Longest file of a change: an organisation with 64 keys takes some 40 KiB.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List changes, the latest first: what is proposed, who approved, what is missing.
    List(list::Options),
    /// Show one change in words.
    Show {
        #[command(flatten)]
        reader: ReaderOptions,
        /// The change.
        id: ChangeId,
    },
    /// Bring a change that is written in a JSON file as far as this signer can: each authority runs it, the last
    /// one puts the change into force.
    Decide {
        #[command(flatten)]
        signer: SignerOptions,
        /// The file; `theriac key request` writes one, `theriac org apply` another.
        #[arg(long)]
        file: PathBuf,
    },
    /// Propose a change that is written in a JSON file.
    Propose {
        #[command(flatten)]
        signer: SignerOptions,
        /// The file; `theriac change show --output json` prints one.
        #[arg(long)]
        file: PathBuf,
    },
    /// Approve a change, as an authority.
    Approve {
        #[command(flatten)]
        signer: SignerOptions,
        /// The change.
        id: ChangeId,
    },
    /// Put an approved change into force.
    Enact {
        #[command(flatten)]
        signer: SignerOptions,
        /// The change.
        id: ChangeId,
    },
    /// Take a change back, or veto one of an account's own keys.
    Withdraw {
        #[command(flatten)]
        signer: SignerOptions,
        /// The change.
        id: ChangeId,
    },
}

pub(crate) fn run(options: Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    runtime()?.block_on(async move {
        match options.command {
            Command::List(options) => list::run(&options, form).await?,
            Command::Show { reader, id } => {
                let reader = Reader::open(&reader)?;
                show::run(&reader, &id, form).await?;
            }
            Command::Decide { signer, file } => {
                let change = read(&file)?;
                Course::open(&signer, form).await?.decide(change).await?;
            }
            Command::Propose { signer, file } => {
                let change = read(&file)?;
                Course::open(&signer, form).await?.propose(change).await?;
            }
            Command::Approve { signer, id } => {
                Course::open(&signer, form).await?.approve(id).await?;
            }
            Command::Enact { signer, id } => Course::open(&signer, form).await?.enact(id).await?,
            Command::Withdraw { signer, id } => {
                Course::open(&signer, form).await?.withdraw(id).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Reads a change from a file.
pub(crate) fn read(file: &Path) -> anyhow::Result<Change> {
    let reading = || format!("reading {}", file.display());
    let size = fs::metadata(file).with_context(reading)?.len();
    anyhow::ensure!(
        size <= FILE_BYTES_MAX,
        "{} is too long for a change",
        file.display()
    );
    let text = fs::read(file).with_context(reading)?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not a change", file.display()))
}

#[cfg(test)]
mod tests {
    use theriac_crypto::Digest;
    use theriac_ledger::identifier::ChainId;
    use theriac_ledger::record::Parameters;

    use super::*;

    #[test]
    fn every_sample_of_a_change_is_read_and_the_parameters_are_those_of_a_new_chain() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/changes");
        let mut seen = Vec::new();
        for entry in folder.read_dir().expect("deploy/changes") {
            let file = entry.expect("an entry").path();
            let change = read(&file).expect("a change");
            change
                .check(&ChainId(Digest::ZERO))
                .expect("within its bounds");
            let name = format!("{}.json", change.name().replace('_', "-"));
            assert_eq!(
                file.file_name().and_then(|name| name.to_str()),
                Some(&*name)
            );
            if let Change::SetParameters { parameters } = change {
                assert_eq!(parameters, Parameters::default());
            }
            seen.push(name);
        }
        assert_eq!(seen.len(), 6, "{seen:?}");
    }
}
