//! The ceremony's file.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use serde::{Deserialize, Serialize};
use theriac_crypto::{PublicKey, Signature, SigningKey, prove_possession, verify_possession};
use theriac_ledger::genesis::{GenesisAccount, GenesisOrganisation};
use theriac_ledger::identifier::{AccountId, Timestamp};
use theriac_ledger::record::{KeyPurpose, Parameters, Role};

/// Longest ceremony file that is read: every record of the largest genesis fits.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// What the parties have put together so far. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ceremony {
    /// 32 random bytes: proofs of possession serve this ceremony only.
    pub(crate) nonce: theriac_crypto::Digest,
    /// When the chain begins.
    pub(crate) time: Timestamp,
    /// Parameters at the beginning.
    pub(crate) parameters: Parameters,
    /// Organisations so far.
    pub(crate) organisations: Vec<GenesisOrganisation>,
    /// Accounts so far.
    pub(crate) accounts: Vec<GenesisAccount>,
    /// Keys so far.
    pub(crate) keys: Vec<CeremonyKey>,
    /// Validators so far, by key; each is also among the keys.
    pub(crate) validators: Vec<CeremonyValidator>,
}

/// A key and the proof that whoever added it holds the private half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CeremonyKey {
    pub(crate) key: PublicKey,
    pub(crate) account: AccountId,
    pub(crate) purposes: Vec<KeyPurpose>,
    pub(crate) possession: Signature,
}

/// A validator and its weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CeremonyValidator {
    pub(crate) key: PublicKey,
    pub(crate) power: u64,
}

impl Ceremony {
    /// Reads the file.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let size = fs::metadata(path)
            .with_context(|| format!("reading {}", path.display()))?
            .len();
        ensure!(
            size <= FILE_BYTES_MAX,
            "{} is too long for a ceremony file",
            path.display()
        );
        let text =
            fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is not a ceremony file", path.display()))
    }

    /// Replaces the file as a whole: a reader sees the old or the new one.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))
            .with_context(|| format!("writing beside {}", path.display()))?;
        file.write_all(serde_json::to_string_pretty(self)?.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)
            .with_context(|| format!("writing {}", path.display()))?;
        Ok(())
    }

    /// Adds a key with its proof of possession.
    pub(crate) fn add_key(
        &mut self,
        key: &SigningKey,
        account: AccountId,
        mut purposes: Vec<KeyPurpose>,
    ) -> anyhow::Result<PublicKey> {
        let public = key.public_key();
        public.check()?;
        if self.keys.iter().any(|known| known.key == public) {
            bail!("the key {public} is in the ceremony already");
        }
        ensure!(
            self.accounts.iter().any(|known| known.id == account),
            "there is no account {account} in the ceremony; add it first"
        );
        purposes.sort_unstable();
        purposes.dedup();
        ensure!(!purposes.is_empty(), "a key needs a purpose");
        self.keys.push(CeremonyKey {
            key: public,
            account,
            purposes,
            possession: prove_possession(self.nonce.as_bytes(), key),
        });
        Ok(public)
    }

    /// Checks everything that the ledger's own rules cannot see, in a file that has passed through many
    /// hands: every key has a proof, and every validator a key.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        self.check_keys()?;
        self.validators
            .iter()
            .try_for_each(|validator| self.check_validator(validator.key))
    }

    /// A validator's vote counts only for somebody who has proven to hold the key, as an authority.
    fn check_validator(&self, validator: PublicKey) -> anyhow::Result<()> {
        let key = self
            .keys
            .iter()
            .find(|known| known.key == validator && known.purposes.contains(&KeyPurpose::Vote));
        let Some(key) = key else {
            bail!(
                "the validator {validator} is not among the keys to vote with, so nobody has proven to hold it; \
                 whoever does runs: theriac genesis add validator"
            );
        };
        let account = self.accounts.iter().find(|known| known.id == key.account);
        ensure!(
            account.is_some_and(|account| account.roles.contains(Role::Authority)),
            "the account {} of the validator {validator} does not have the role authority; \
             begin again with theriac genesis add account --roles authority",
            key.account
        );
        Ok(())
    }

    fn check_keys(&self) -> anyhow::Result<()> {
        for key in &self.keys {
            key.key
                .check()
                .with_context(|| format!("the key {}", key.key))?;
            verify_possession(self.nonce.as_bytes(), &key.key, &key.possession)
                .with_context(|| format!("the proof of possession of {}", key.key))?;
        }
        Ok(())
    }
}
