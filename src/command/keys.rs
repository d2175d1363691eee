//! `theriac key`: keys for people, nodes and programs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use rand_core::Rng as _;
use serde_json::json;
use theriac_crypto::SigningKey;
use theriac_http::{api_key, keyfile, random::system_random};

use crate::arguments::OutputForm;
use crate::command::service::runtime;
use crate::output;

mod ledger;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a signing key and keep it encrypted in a new file.
    New {
        /// The new key file (encrypted PKCS#8, mode 0600).
        #[arg(long)]
        key: PathBuf,
        /// File with the passphrase.
        #[arg(long)]
        passphrase_file: PathBuf,
        /// Make a random passphrase and write it to the passphrase file first.
        #[arg(long)]
        generate_passphrase: bool,
    },
    /// Show the public half of a key.
    Show {
        /// The key file.
        #[arg(long)]
        key: PathBuf,
        /// File with the passphrase.
        #[arg(long)]
        passphrase_file: PathBuf,
    },
    /// Register a key of an account.
    Register(Box<ledger::Register>),
    /// Write the request for a key of an account that has none to sign with any more; the authorities decide.
    Request(Box<ledger::Request>),
    /// Put a new key in the place of one of the same account.
    Rotate(Box<ledger::Rotate>),
    /// Put a new key in the place of a lost one: signed with the recovery key, in force after a delay in which
    /// it can be vetoed.
    Recover(Box<ledger::Recover>),
    /// End a key that others may hold.
    Revoke(Box<ledger::Revoke>),
    /// End a key that is no longer needed.
    Retire(Box<ledger::Retire>),
    /// Make an API key for a service: give the key to the caller, put the hash into the configuration.
    Api,
}

pub(crate) fn run(options: Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    match options.command {
        Command::New {
            key,
            passphrase_file,
            generate_passphrase,
        } => {
            if generate_passphrase {
                write_passphrase(&passphrase_file)?;
            }
            let signing = create(&key, &passphrase_file)?;
            show(form, &key, &signing)?;
        }
        Command::Show {
            key,
            passphrase_file,
        } => show(form, &key, &open(&key, &passphrase_file)?)?,
        Command::Register(options) => runtime()?.block_on(options.run(form))?,
        Command::Request(options) => options.run(form)?,
        Command::Rotate(options) => runtime()?.block_on(options.run(form))?,
        Command::Recover(options) => runtime()?.block_on(options.run(form))?,
        Command::Revoke(options) => runtime()?.block_on(options.run(form))?,
        Command::Retire(options) => runtime()?.block_on(options.run(form))?,
        Command::Api => {
            let (plain, hash) = api_key::generate(&mut system_random());
            output::result(
                form,
                &json!({ "api_key": plain.as_str(), "hash": hash }),
                &[("key", plain.to_string()), ("hash", hash.to_string())],
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes a key in a new encrypted file.
pub(crate) fn create(key: &Path, passphrase_file: &Path) -> anyhow::Result<SigningKey> {
    let passphrase = keyfile::read_passphrase(passphrase_file)
        .context("reading the passphrase (make one with --generate-passphrase)")?;
    let mut generator = system_random();
    let signing = SigningKey::generate(&mut generator);
    if key.exists() {
        bail!(
            "{} exists already; a key file is never overwritten",
            key.display()
        );
    }
    keyfile::write_signing_key(key, &signing, &passphrase, &mut generator)?;
    Ok(signing)
}

/// Opens a key file.
pub(crate) fn open(key: &Path, passphrase_file: &Path) -> anyhow::Result<SigningKey> {
    let passphrase = keyfile::read_passphrase(passphrase_file)?;
    Ok(keyfile::read_signing_key(key, &passphrase)?)
}

/// Writes a random passphrase (256 bits) to a new file.
pub(crate) fn write_passphrase(path: &Path) -> anyhow::Result<()> {
    let mut bytes = [0; 32];
    system_random().fill_bytes(&mut bytes);
    let text = data_encoding::BASE32_NOPAD.encode(&bytes);
    Ok(keyfile::write_private(
        path,
        format!("{text}\n").as_bytes(),
    )?)
}

fn show(form: OutputForm, path: &Path, key: &SigningKey) -> anyhow::Result<()> {
    let public = key.public_key();
    output::result(
        form,
        &json!({ "file": path, "public_key": public }),
        &[
            ("file", path.display().to_string()),
            ("public key", public.to_string()),
        ],
    )
}
