//! The verifier's configuration file.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use theriac_crypto::Digest;
use theriac_http::api_key::ApiKeySettings;
use theriac_http::logging::LogSettings;
use theriac_http::server::ServerSettings;
use theriac_ledger::identifier::AccountId;
use theriac_partner::settings::{AccountSettings, LedgerSettings};

/// Age of the state from which no good answer is given, in milliseconds: two dozen idle blocks of
/// five seconds that did not come.
const STALE_AFTER_MS: u64 = 120_000;

/// Everything the verifier needs to start.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How it listens.
    #[serde(default)]
    pub server: ServerSettings,
    /// Which chain, and who serves it.
    pub ledger: LedgerSettings,
    /// The key with which blocks are asked for.
    pub account: AccountSettings,
    /// The copy of the ledger that answers come from.
    pub replica: ReplicaSettings,
    /// Keys of callers who learn reasons.
    #[serde(default)]
    pub api_key: Vec<KeySettings>,
    /// What is logged.
    #[serde(default)]
    pub log: LogSettings,
}

/// `[replica]`: the copy of the ledger that answers come from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplicaSettings {
    /// The folder in which it is kept.
    pub data_dir: PathBuf,
    /// Age of the state, in milliseconds, from which no good answer is given.
    #[serde(default = "stale_after_ms")]
    pub stale_after_ms: u64,
}

fn stale_after_ms() -> u64 {
    STALE_AFTER_MS
}

/// `[[api_key]]`: a caller who learns reasons.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeySettings {
    /// Who uses it.
    pub name: String,
    /// The hash that `theriac key api` prints.
    pub hash: Digest,
    /// What it may do; reading needs none.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// The account for which its user works: answers say where a pack stands to it.
    #[serde(default)]
    pub account: Option<AccountId>,
}

impl KeySettings {
    /// The part that every service knows.
    pub(crate) fn common(&self) -> ApiKeySettings {
        ApiKeySettings {
            name: self.name.clone(),
            hash: self.hash,
            scopes: self.scopes.clone(),
        }
    }
}
