//! `theriac key register, rotate, recover, revoke, retire`: keys on the ledger.

use std::path::PathBuf;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use theriac_client::RecordName;
use theriac_crypto::PublicKey;
use theriac_ledger::change::{Change, KeyRevocation, KeyRotation, NewKey};
use theriac_ledger::encoding::{BoundedList, decode};
use theriac_ledger::identifier::AccountId;
use theriac_ledger::record::{HALF_BYTES_MAX, KeyPurpose, KeyRecordPublic};

use crate::arguments::OutputForm;
use crate::command::change::course::Course;
use crate::command::change::member::SignerOptions;
use crate::command::genesis::add::PurposeName;
use crate::command::keys;
use crate::command::time::Instant;

/// The key that begins.
#[derive(Debug, Args)]
pub(super) struct NewKeyOptions {
    /// The account that it acts for.
    #[arg(long)]
    account: AccountId,
    /// Its key file; `theriac key new` makes one.
    #[arg(long)]
    new_key: PathBuf,
    /// File with its passphrase.
    #[arg(long)]
    new_passphrase_file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Register {
    #[command(flatten)]
    signer: SignerOptions,
    #[command(flatten)]
    new: NewKeyOptions,
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
        let course = Course::open(&self.signer, form)?;
        let mut purposes: Vec<_> = self.purposes.into_iter().map(KeyPurpose::from).collect();
        purposes.sort_unstable();
        purposes.dedup();
        let new = self.new.prove(&course, purposes.try_into()?)?;
        course.decide(Change::RegisterKey(new)).await
    }
}

impl Rotate {
    /// A recovery key puts another one in the place of a lost one, not of itself.
    pub(super) fn check_recovery(&self) -> anyhow::Result<()> {
        ensure!(self.old.is_some(), "say which key is lost: --old KEY");
        Ok(())
    }

    /// A key kept offline signs the same change: the ledger gives it a delay in which it can be vetoed.
    pub(super) async fn run(self, form: OutputForm) -> anyhow::Result<()> {
        let course = Course::open(&self.signer, form)?;
        let old = self.old.unwrap_or_else(|| course.member.key.public_key());
        let public = course.member.reader.public(&RecordName::Key(old)).await?;
        let Some(public) = public else {
            bail!("the key {old} is not registered on this chain");
        };
        let record: KeyRecordPublic = decode(&public, HALF_BYTES_MAX)?;
        let new = self.new.prove(&course, record.purposes)?;
        course
            .decide(Change::RotateKey(KeyRotation { old, new }))
            .await
    }
}

impl Revoke {
    pub(super) async fn run(self, form: OutputForm) -> anyhow::Result<()> {
        let course = Course::open(&self.signer, form)?;
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
        let course = Course::open(&self.signer, form)?;
        course.decide(Change::RetireKey { key: self.retired }).await
    }
}

impl NewKeyOptions {
    fn prove(
        &self,
        course: &Course,
        purposes: BoundedList<KeyPurpose, 4>,
    ) -> anyhow::Result<NewKey> {
        let key = keys::open(&self.new_key, &self.new_passphrase_file).context("the new key")?;
        let chain = course.member.reader.chain();
        Ok(NewKey::prove(&chain, &key, self.account, purposes))
    }
}
