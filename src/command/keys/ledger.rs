//! `theriac key register, request, rotate, recover, revoke, retire`: keys on the ledger.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use serde_json::json;
use theriac_client::{RecordName, trust};
use theriac_crypto::PublicKey;
use theriac_ledger::change::{Change, KeyRevocation, KeyRotation, NewKey};
use theriac_ledger::encoding::{BoundedList, decode};
use theriac_ledger::identifier::{AccountId, ChainId};
use theriac_ledger::record::{HALF_BYTES_MAX, KeyPurpose, KeyRecordPublic};
use theriac_signer::KeySettings;

use crate::arguments::OutputForm;
use crate::command::change::course::Course;
use crate::command::change::member::SignerOptions;
use crate::command::change::words;
use crate::command::genesis::add::PurposeName;
use crate::command::keys;
use crate::command::time::Instant;
use crate::output;

/// The key that begins.
#[derive(Debug, Args)]
pub(super) struct NewKeyOptions {
    /// The account that it acts for.
    #[arg(long)]
    account: AccountId,
    /// Its key file; `theriac key new` makes one.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "new_signer",
        conflicts_with = "new_signer"
    )]
    new_key: Option<PathBuf>,
    /// File with its passphrase.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present_any = ["new_passphrase_fd", "new_signer"],
        conflicts_with_all = ["new_passphrase_fd", "new_signer"]
    )]
    new_passphrase_file: Option<PathBuf>,
    /// Number of an inherited descriptor with its passphrase.
    #[arg(long, value_name = "NUMBER", conflicts_with = "new_signer")]
    new_passphrase_fd: Option<u32>,
    /// Instead of a file: the socket of the signer that holds the key, and proves possession of it.
    #[arg(long, value_name = "SOCKET")]
    new_signer: Option<PathBuf>,
}

impl From<&NewKeyOptions> for KeySettings {
    fn from(options: &NewKeyOptions) -> Self {
        Self {
            file: options.new_key.clone(),
            passphrase_file: options.new_passphrase_file.clone(),
            passphrase_fd: options.new_passphrase_fd,
            signer: options.new_signer.clone(),
        }
    }
}

/// What a new key is for.
#[derive(Debug, Args)]
pub(super) struct PurposeOptions {
    /// What it is for, separated by commas.
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "custody,request"
    )]
    purposes: Vec<PurposeName>,
}

#[derive(Debug, Args)]
pub(super) struct Register {
    #[command(flatten)]
    signer: SignerOptions,
    #[command(flatten)]
    new: NewKeyOptions,
    #[command(flatten)]
    purposes: PurposeOptions,
}

#[derive(Debug, Args)]
pub(super) struct Request {
    /// The public anchor of the chain.
    #[arg(long, value_name = "FILE")]
    trust: PathBuf,
    #[command(flatten)]
    new: NewKeyOptions,
    #[command(flatten)]
    purposes: PurposeOptions,
    /// The new file; nothing in it is secret.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Say in words what would be proven and written, and do neither.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(super) struct Rotate {
    #[command(flatten)]
    signer: SignerOptions,
    #[command(flatten)]
    new: NewKeyOptions,
    /// The key that ends; the one that signs, where it is left out.
    #[arg(long)]
    old: Option<PublicKey>,
}

#[derive(Debug, Args)]
pub(super) struct Recover {
    #[command(flatten)]
    signer: SignerOptions,
    #[command(flatten)]
    new: NewKeyOptions,
    /// The key that is lost or stolen; the recovery key stays.
    #[arg(long)]
    old: PublicKey,
}

#[derive(Debug, Args)]
pub(super) struct Revoke {
    #[command(flatten)]
    signer: SignerOptions,
    /// The key that others may hold.
    #[arg(long)]
    revoked: PublicKey,
    /// Since when: RFC 3339, or milliseconds since 1970. What it signed since then is disputed.
    #[arg(long, value_name = "TIME")]
    compromised_since: Instant,
}

#[derive(Debug, Args)]
pub(super) struct Retire {
    #[command(flatten)]
    signer: SignerOptions,
    /// The key that ends.
    #[arg(long)]
    retired: PublicKey,
}

impl Register {
    pub(super) async fn run(self, form: OutputForm) -> anyhow::Result<()> {
        let course = Course::open(&self.signer, form).await?;
        let chain = course.member.reader.chain();
        let new = self.new.prove(chain, self.purposes.list()?).await?;
        course.decide(Change::RegisterKey(new)).await
    }
}

impl Request {
    /// Whoever lost every key proves that it has the new one; others sign.
    pub(super) async fn run(self, form: OutputForm) -> anyhow::Result<()> {
        let chain = trust::load_anchor(&self.trust)?.chain_id();
        let out = &self.out;
        ensure!(
            !out.exists(),
            "{} exists already; choose another name",
            out.display()
        );
        let purposes = self.purposes.list()?;
        let file = out.display().to_string();
        let (key, said, mut rows) = if self.dry_run {
            let (key, account) = (self.new.public_key(chain).await?, self.new.account);
            let said = vec![
                words::registration(&key, &account, &purposes),
                format!("  proven for chain {chain}: whoever asks has the private half"),
            ];
            (key, said, vec![("would write", file)])
        } else {
            let new = self.new.prove(chain, purposes).await?;
            let key = new.key;
            let change = Change::RegisterKey(new);
            fs::write(out, serde_json::to_vec_pretty(&change)?)
                .with_context(|| format!("writing {}", out.display()))?;
            (key, words::describe(&change), vec![("request", file)])
        };
        rows.extend(said.iter().map(|line| ("", line.clone())));
        let next = "hand it to the authorities; they ask whether it is you, then: theriac change decide … --file";
        rows.push(("next", next.to_owned()));
        let value = json!({ "request": out, "key": key, "words": said, "dry_run": self.dry_run });
        output::result(form, &value, &rows)
    }
}

impl PurposeOptions {
    fn list(self) -> anyhow::Result<BoundedList<KeyPurpose, 4>> {
        let mut purposes: Vec<_> = self.purposes.into_iter().map(KeyPurpose::from).collect();
        purposes.sort_unstable();
        purposes.dedup();
        Ok(purposes.try_into()?)
    }
}

impl Rotate {
    pub(super) async fn run(self, form: OutputForm) -> anyhow::Result<()> {
        let course = Course::open(&self.signer, form).await?;
        let old = self.old.unwrap_or_else(|| course.member.key.public_key());
        replace(course, old, &self.new).await
    }
}

impl Recover {
    /// A key kept offline signs the same change: the ledger gives it a delay in which it can be vetoed.
    pub(super) async fn run(self, form: OutputForm) -> anyhow::Result<()> {
        let course = Course::open(&self.signer, form).await?;
        replace(course, self.old, &self.new).await
    }
}

async fn replace(course: Course, old: PublicKey, new: &NewKeyOptions) -> anyhow::Result<()> {
    let reader = &course.member.reader;
    let public = reader.public(&RecordName::Key(old)).await?;
    let Some(public) = public else {
        bail!("the key {old} is not registered on this chain");
    };
    let record: KeyRecordPublic = decode(&public, HALF_BYTES_MAX)?;
    let new = new.prove(reader.chain(), record.purposes).await?;
    course
        .decide(Change::RotateKey(KeyRotation { old, new }))
        .await
}

impl Revoke {
    pub(super) async fn run(self, form: OutputForm) -> anyhow::Result<()> {
        let course = Course::open(&self.signer, form).await?;
        let Instant(compromised_since) = self.compromised_since;
        let revocation = KeyRevocation {
            key: self.revoked,
            compromised_since,
        };
        course.decide(Change::RevokeKey(revocation)).await
    }
}

impl Retire {
    pub(super) async fn run(self, form: OutputForm) -> anyhow::Result<()> {
        let course = Course::open(&self.signer, form).await?;
        course.decide(Change::RetireKey { key: self.retired }).await
    }
}

impl NewKeyOptions {
    async fn public_key(&self, chain: ChainId) -> anyhow::Result<PublicKey> {
        let met = keys::meet(self, chain).await.context("the new key")?;
        Ok(met.public_key())
    }

    async fn prove(
        &self,
        chain: ChainId,
        purposes: BoundedList<KeyPurpose, 4>,
    ) -> anyhow::Result<NewKey> {
        let proven = keys::prove(self, chain, self.account, purposes).await;
        proven.context("the new key")
    }
}
