//! Sections of a service's configuration file that are the same for every service.
//!
//! Relative paths are taken from the directory in which the program was started.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use theriac_client::NodeUrl;
use theriac_client::node_url::NodeUrlError;
use theriac_client::trust::{TrustError, load_anchor, load_records};
use theriac_crypto::SigningKey;
use theriac_gs1::{DigitalLink, DigitalLinkError, ElementString};
use theriac_http::config::Secret;
use theriac_http::keyfile::{KeyFileError, read_passphrase, read_signing_key};
use theriac_ledger::genesis::{Anchor, GenesisRecords};
use theriac_ledger::identifier::AccountId;

use crate::offload::offload;

/// Nodes in one configuration: each is asked in turn.
pub const NODES_MAX: usize = 64;

/// `[ledger]`: which chain, and who serves it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerSettings {
    /// The public anchor, from which trust starts.
    pub anchor: PathBuf,
    /// The members' records of genesis.
    pub records: PathBuf,
    /// Addresses of nodes, such as `http://127.0.0.1:7001`; the first that answers is used.
    pub nodes: Vec<String>,
}

impl LedgerSettings {
    /// Reads the two trust files and the addresses.
    ///
    /// # Errors
    ///
    /// [`SettingsError`], naming the file or address.
    pub fn load(&self) -> Result<Ledger, SettingsError> {
        if self.nodes.is_empty() || self.nodes.len() > NODES_MAX {
            return Err(SettingsError::NodeCount {
                count: self.nodes.len(),
            });
        }
        let nodes = self
            .nodes
            .iter()
            .map(|text| NodeUrl::parse(text))
            .collect::<Result<_, _>>()?;
        let anchor = load_anchor(&self.anchor)?;
        let records = load_records(&self.records)?;
        Ok(Ledger {
            anchor,
            records,
            nodes,
        })
    }
}

/// What `[ledger]` names, read.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// The public anchor.
    pub anchor: Anchor,
    /// The members' records of genesis.
    pub records: GenesisRecords,
    /// Where nodes answer.
    pub nodes: Vec<NodeUrl>,
}

/// `[account]`: for whom the service acts.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSettings {
    /// The account, in hexadecimal.
    pub id: AccountId,
    /// Its signing key: an encrypted PKCS#8 PEM file.
    pub key: PathBuf,
    /// The file with the passphrase of the key.
    pub passphrase_file: PathBuf,
}

impl AccountSettings {
    /// Opens the signing key, on a thread of its own: it takes about a second, on purpose.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`], naming the file.
    pub async fn open_key(self) -> Result<SigningKey, KeyFileError> {
        offload(move || {
            let passphrase = read_passphrase(&self.passphrase_file)?;
            read_signing_key(&self.key, &passphrase)
        })
        .await
    }
}

/// `[database]`: where the read model is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `sqlite://path?mode=rwc` or `postgres://user:password@host/name`; never shown.
    pub url: Secret,
}

/// `[digital_link]`: where the links on labels lead.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DigitalLinkSettings {
    /// Scheme, host and an optional path, without a slash at the end.
    pub base: String,
}

impl Default for DigitalLinkSettings {
    fn default() -> Self {
        Self {
            base: "https://id.gs1.org".to_owned(),
        }
    }
}

impl DigitalLinkSettings {
    /// Checks that links can be built on the base.
    ///
    /// # Errors
    ///
    /// [`SettingsError::DigitalLinkBase`].
    pub fn check(&self) -> Result<(), SettingsError> {
        let refused = |source| SettingsError::DigitalLinkBase {
            base: self.base.clone(),
            source,
        };
        let sample = ElementString::parse("00000000000000000000")
            .expect("zeros are an SSCC with a right check digit");
        DigitalLink::build(&self.base, &sample)
            .map(drop)
            .map_err(refused)
    }
}

/// Why the settings do not make a service.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// No node, or too many.
    #[error("configuration key ledger.nodes names {count} nodes; name 1 to {NODES_MAX}")]
    NodeCount {
        /// How many.
        count: usize,
    },
    /// An address of a node is malformed.
    #[error("configuration key ledger.nodes")]
    Node(#[from] NodeUrlError),
    /// A trust file is refused.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The base of links is refused.
    #[error("configuration key digital_link.base: {base:?} is no base of links")]
    DigitalLinkBase {
        /// The base.
        base: String,
        /// Why.
        source: DigitalLinkError,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_of_links_is_checked() {
        assert!(DigitalLinkSettings::default().check().is_ok());
        for base in ["id.gs1.org", "https://a.b/?x=1", "ftp://a.b", "https://a b"] {
            let settings = DigitalLinkSettings {
                base: base.to_owned(),
            };
            assert!(settings.check().is_err(), "{base}");
        }
    }

    #[test]
    fn database_address_never_shows() {
        let settings: DatabaseSettings =
            serde_json::from_str(r#"{"url": "postgres://u:hidden@h/d"}"#).unwrap();
        assert!(!format!("{settings:?}").contains("hidden"));
    }

    #[test]
    fn settings_without_nodes_are_refused() {
        let settings = LedgerSettings {
            anchor: PathBuf::from("genesis.json"),
            records: PathBuf::from("members.json"),
            nodes: Vec::new(),
        };
        assert!(matches!(
            settings.load(),
            Err(SettingsError::NodeCount { count: 0 })
        ));
    }
}
