//! `theriac key`: keys for people, nodes and programs.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use rand_core::Rng as _;
use serde_json::json;
use theriac_crypto::SigningKey;
use theriac_http::keyfile::PassphraseSource;
use theriac_http::{api_key, keyfile, random::system_random};
use theriac_ledger::change::{NewKey, registration_nonce};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{AccountId, ChainId};
use theriac_ledger::record::KeyPurpose;
use theriac_signer::{KeySettings, SharedSigner};

use crate::arguments::{OutputForm, Passphrase};
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
        #[command(flatten)]
        passphrase: Passphrase,
        /// Make a random passphrase and write it to the passphrase file first.
        #[arg(long, requires = "passphrase_file")]
        generate_passphrase: bool,
    },
    /// Show the public half of a key.
    Show {
        /// The key file.
        #[arg(long)]
        key: PathBuf,
        #[command(flatten)]
        passphrase: Passphrase,
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
            passphrase,
            generate_passphrase,
        } => {
            if let (true, Some(file)) = (generate_passphrase, &passphrase.passphrase_file) {
                write_passphrase(file)?;
            }
            let signing = create(&key, &passphrase.source()?)?;
            show(form, &key, &signing)?;
        }
        Command::Show { key, passphrase } => {
            show(form, &key, &open(&key, &passphrase.source()?)?)?;
        }
        Command::Register(options) => runtime()?.block_on(options.run(form))?,
        Command::Request(options) => runtime()?.block_on(options.run(form))?,
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
pub(crate) fn create(key: &Path, passphrase: &PassphraseSource) -> anyhow::Result<SigningKey> {
    let passphrase = passphrase
        .read()
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
pub(crate) fn open(key: &Path, passphrase: &PassphraseSource) -> anyhow::Result<SigningKey> {
    Ok(keyfile::read_signing_key(key, &passphrase.read()?)?)
}

/// Opens a key file, or meets the signer that holds the key, for a chain.
pub(crate) async fn meet(
    key: impl Into<KeySettings>,
    chain: ChainId,
) -> anyhow::Result<SharedSigner> {
    Ok(key.into().place()?.open(chain).await?.signer())
}

/// A key to be registered, with the proof that it is held.
pub(crate) async fn prove(
    key: impl Into<KeySettings>,
    chain: ChainId,
    account: AccountId,
    purposes: BoundedList<KeyPurpose, 4>,
) -> anyhow::Result<NewKey> {
    let key = meet(key, chain).await?;
    let nonce = registration_nonce(&chain, &account, &purposes);
    Ok(NewKey {
        key: key.public_key(),
        account,
        purposes,
        possession: key.prove_possession(nonce.as_bytes()).await?,
    })
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
