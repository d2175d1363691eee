//! Sections of a service's configuration file that are the same for every service.
//!
//! Relative paths are taken from the directory in which the program was started.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use theriac_client::NodeUrl;
use theriac_client::node_url::NodeUrlError;
use theriac_client::trust::{TrustError, load_anchor, load_records};
use theriac_gs1::{DigitalLink, DigitalLinkError, ElementString};
use theriac_http::config::Secret;
use theriac_ledger::genesis::{Anchor, GenesisRecords};
use theriac_ledger::identifier::{AccountId, ChainId};
use theriac_signer::{KeySettings, OpenKeyError, SharedSigner};

use crate::exception::delivery::PartnerSettings;

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// The file with the passphrase of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase_file: Option<PathBuf>,
    /// Or the number of an inherited descriptor with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase_fd: Option<u32>,
    /// Instead of a key file: the socket of a signer that holds the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<PathBuf>,
}

impl AccountSettings {
    /// The account with a key in a file.
    pub fn with_key_file(id: AccountId, key: PathBuf, passphrase_file: PathBuf) -> Self {
        Self {
            id,
            key: Some(key),
            passphrase_file: Some(passphrase_file),
            passphrase_fd: None,
            signer: None,
        }
    }

    /// Opens the signing key, or meets its signer, for a chain.
    ///
    /// # Errors
    ///
    /// [`SettingsError`], naming the file or socket, or what the section lacks.
    pub async fn open_key(self, chain: ChainId) -> Result<SharedSigner, SettingsError> {
        let settings = KeySettings {
            file: self.key,
            passphrase_file: self.passphrase_file,
            passphrase_fd: self.passphrase_fd,
            signer: self.signer,
        };
        let place = settings.place().map_err(OpenKeyError::from)?;
        Ok(place.open(chain).await?.signer())
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

/// Addresses of partners' services by account.
///
/// # Errors
///
/// [`SettingsError::Partner`].
pub fn partner_addresses(
    settings: &[PartnerSettings],
) -> Result<BTreeMap<AccountId, NodeUrl>, SettingsError> {
    let mut addresses = BTreeMap::new();
    for partner in settings {
        let account = partner.account;
        let refused = |why| SettingsError::Partner { account, why };
        let url = NodeUrl::parse(&partner.address).map_err(|error| refused(error.to_string()))?;
        if addresses.insert(account, url).is_some() {
            return Err(refused("it stands there twice".to_owned()));
        }
    }
    Ok(addresses)
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
    /// The address of a partner's service is malformed, or stands there twice.
    #[error("configuration section partner: account {account}: {why}")]
    Partner {
        /// The partner.
        account: AccountId,
        /// What is wrong.
        why: String,
    },
    /// A trust file is refused.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The key does not open.
    #[error("configuration section account")]
    Key(#[from] OpenKeyError),
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

    #[tokio::test]
    async fn account_without_a_key_is_refused_with_what_it_lacks() {
        let account: AccountSettings =
            serde_json::from_str(&format!(r#"{{"id": "{}"}}"#, "01".repeat(32))).unwrap();
        let chain = ChainId(theriac_crypto::digest("test", b"chain"));
        let error = account.open_key(chain).await.unwrap_err();
        let said = theriac_http::problem::chain(&error);
        assert!(said.contains("section account"), "{said}");
        assert!(said.contains("signer = \"SOCKET\""), "{said}");
    }

    #[test]
    fn database_address_never_shows() {
        let settings: DatabaseSettings =
            serde_json::from_str(r#"{"url": "postgres://u:hidden@h/d"}"#).unwrap();
        assert!(!format!("{settings:?}").contains("hidden"));
    }

    #[test]
    fn partners_address_is_checked_and_given_once() {
        let partner = |address: &str| PartnerSettings {
            account: AccountId(theriac_crypto::Digest([1; 32])),
            address: address.to_owned(),
        };
        let good = partner("http://127.0.0.1:7100");
        assert_eq!(
            partner_addresses(std::slice::from_ref(&good))
                .unwrap()
                .len(),
            1
        );
        assert!(partner_addresses(&[good.clone(), good]).is_err());
        assert!(partner_addresses(&[partner("ftp://a")]).is_err());
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
