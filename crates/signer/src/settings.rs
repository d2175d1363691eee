//! The configuration file of a signer.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use theriac_consensus::guard::{GuardError, SigningGuard};
use theriac_crypto::PublicKey;
use theriac_http::logging::LogSettings;
use theriac_ledger::action::ActionKind;
use theriac_ledger::identifier::ChainId;

use crate::place::{KeyFileSettings, OpenKeyError};

/// Prefix of the environment variables that override single keys.
pub const ENVIRONMENT_PREFIX: &str = "THERIAC_SIGNER";

/// Everything that `theriac signer` is told. What has no section is not signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerSettings {
    /// The one chain for which it signs, in hexadecimal.
    pub chain_id: ChainId,
    /// Where it is asked; the file is made when it starts.
    pub socket: PathBuf,
    /// The user who may ask, by number, where that is not the user of the signer. The socket is then
    /// open to its group as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_uid: Option<u32>,
    /// The key, and what opens it.
    pub key: KeyFileSettings,
    /// Votes, proposals and what proves a validator to its peers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub votes: Option<VoteSettings>,
    /// Transactions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transactions: Option<TransactionSettings>,
    /// Requests to nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<RateSettings>,
    /// Proofs of possession, for whoever registers the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub possession: Option<RateSettings>,
    /// What is logged.
    #[serde(default)]
    pub log: LogSettings,
}

/// `[votes]`: votes and proposals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoteSettings {
    /// The durable memory of what was signed last: `theriac signer guard` makes it.
    pub guard: PathBuf,
    /// At most so many in a minute; zero is no limit, the guard is one.
    #[serde(default)]
    pub per_minute: u32,
}

/// `[transactions]`: which are signed, and how many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransactionSettings {
    /// Kinds of action, by name: `["ship", "receive"]`.
    pub actions: Vec<String>,
    /// At most so many in a minute; zero is no limit.
    #[serde(default)]
    pub per_minute: u32,
}

/// `[requests]` and `[possession]`: how many are signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateSettings {
    /// At most so many in a minute; zero is no limit.
    pub per_minute: u32,
}

/// Why settings do not make a signer. Every message names the key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Nothing would be signed.
    #[error(
        "nothing is allowed: name what is signed in a section [votes], [transactions], [requests] \
         or [possession]"
    )]
    Nothing,
    /// No action has this name.
    #[error(
        "configuration key transactions.actions: there is no kind of action {name:?}; there are {}",
        known_actions()
    )]
    Action {
        /// The name.
        name: String,
    },
    /// A guard is to be made, and nothing would ask it.
    #[error(
        "configuration key votes.guard is missing: this signer signs no votes and needs no guard"
    )]
    NoVotes,
}

/// Why there is no guard.
#[derive(Debug, thiserror::Error)]
pub enum CreateGuardError {
    /// The settings do not make a signer of votes.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The key does not open.
    #[error(transparent)]
    Key(#[from] OpenKeyError),
    /// It cannot be made.
    #[error(transparent)]
    Guard(#[from] GuardError),
}

impl SignerSettings {
    /// Numbers of the kinds of action that are signed.
    ///
    /// # Errors
    ///
    /// [`SettingsError`], naming the key.
    pub fn actions(&self) -> Result<BTreeSet<u16>, SettingsError> {
        let has_section = self.votes.is_some()
            || self.transactions.is_some()
            || self.requests.is_some()
            || self.possession.is_some();
        if !has_section {
            return Err(SettingsError::Nothing);
        }
        let named = self
            .transactions
            .iter()
            .flat_map(|section| &section.actions);
        named
            .map(|name| {
                let kind = ActionKind::ALL.iter().find(|kind| kind.name() == name);
                let unknown = || SettingsError::Action { name: name.clone() };
                Ok(kind.ok_or_else(unknown)?.number())
            })
            .collect()
    }

    /// Makes the guard of a key that has never voted, or whose operator knows that the chain has left
    /// every height it voted in; gives the guard's file and the key. A signer never makes one itself:
    /// it cannot tell a new key from one whose guard was lost.
    ///
    /// # Errors
    ///
    /// [`CreateGuardError`].
    pub fn create_guard(&self) -> Result<(&Path, PublicKey), CreateGuardError> {
        let votes = self.votes.as_ref().ok_or(SettingsError::NoVotes)?;
        let key = self.key.open()?.public_key();
        SigningGuard::create(&votes.guard, self.chain_id, key)?;
        Ok((&votes.guard, key))
    }
}

fn known_actions() -> String {
    let names: Vec<&str> = ActionKind::ALL.iter().map(|kind| kind.name()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_http::config::{Sources, load_from};

    fn load(text: &str) -> Result<SignerSettings, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signer.toml");
        std::fs::write(&path, text).unwrap();
        let sources = Sources {
            file: Some(path),
            prefix: ENVIRONMENT_PREFIX.to_owned(),
            environment: Vec::new(),
        };
        load_from(&sources).map_err(|error| error.to_string())
    }

    const HEAD: &str = r#"
        chain_id = "0101010101010101010101010101010101010101010101010101010101010101"
        socket = "signer.sock"
        [key]
        file = "key.pem"
        passphrase_fd = 3
    "#;

    #[test]
    fn what_has_a_section_is_signed_and_nothing_else() {
        let text = format!("{HEAD}\n[transactions]\nactions = [\"ship\", \"receive\"]\n");
        let settings = load(&text).unwrap();
        assert_eq!(settings.actions().unwrap(), BTreeSet::from([48, 50]));
        assert_eq!(settings.transactions.unwrap().per_minute, 0);
        assert!(settings.votes.is_none() && settings.requests.is_none());
        let nothing = load(HEAD).unwrap();
        assert_eq!(nothing.actions(), Err(SettingsError::Nothing));
    }

    #[test]
    fn unknown_keys_and_actions_are_refused_by_name() {
        let error = load(&format!("{HEAD}\n[votes]\nguard = \"g\"\ncolour = 1\n")).unwrap_err();
        assert!(error.contains("votes.colour"), "{error}");
        let text = format!("{HEAD}\n[transactions]\nactions = [\"shop\"]\n");
        let error = load(&text).unwrap().actions().unwrap_err().to_string();
        assert!(
            error.contains("\"shop\"") && error.contains("ship"),
            "{error}"
        );
    }
}
