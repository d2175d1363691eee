//! The node's configuration.

mod server;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use theriac_client::wire::NodeRole;
use theriac_client::{NodeUrl, trust};
use theriac_crypto::{PublicKey, SigningKey};
use theriac_http::logging::LogSettings;
use theriac_http::server::ServerSettings;
use theriac_ledger::constants::VALIDATORS_MAX;
use theriac_ledger::identifier::ChainId;
use theriac_signer::place::KeyChoiceError;
use theriac_signer::{KeyFileSettings, KeyPlace, KeySettings, OpenKey, OpenKeyError};

use crate::genesis::Genesis;

/// Prefix of the environment variables that override single keys.
pub const ENVIRONMENT_PREFIX: &str = "THERIAC_NODE";

/// Nodes that a follower reads from, at most.
const FOLLOWED_MAX: usize = 16;

/// Everything that `theriac node` is told: a TOML file, then the environment.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NodeConfig {
    /// `validator` votes; `follower` executes every block without a vote.
    #[serde(default = "NodeConfig::default_role")]
    pub role: NodeRole,
    /// Where the node keeps its chain. Nobody else may use this folder.
    pub data_dir: PathBuf,
    /// The files of the genesis ceremony.
    pub genesis: GenesisFiles,
    /// The key that votes; for a follower, the key that signs its requests. In a file, or behind a
    /// signer.
    pub key: KeySettings,
    /// The key that signs a validator's requests to other nodes, where that is another one than the one that
    /// votes: a key of the same account, known to the ledger before the vote is. In a file, or behind a signer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_key: Option<KeySettings>,
    /// The key that proves this node to the other validators. Needed where the key that votes is
    /// behind a signer, else that one serves. Unused by a follower.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_key: Option<KeyFileSettings>,
    /// The HTTP interface.
    #[serde(
        default = "NodeConfig::default_server",
        deserialize_with = "server::over_the_defaults"
    )]
    pub server: ServerSettings,
    /// The network of the validators. Unused by a follower.
    #[serde(default)]
    pub p2p: P2pSettings,
    /// The other validators, as far as the ledger does not say where they are. Unused by a follower.
    #[serde(default)]
    pub peers: Vec<PeerSettings>,
    /// For a follower: the nodes that it reads from and passes submissions on to.
    #[serde(default)]
    pub follow: Vec<NodeUrl>,
    /// Logging.
    #[serde(default)]
    pub log: LogSettings,
}

/// Where the two halves of genesis are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisFiles {
    /// The public anchor.
    pub anchor: PathBuf,
    /// The members' records.
    pub records: PathBuf,
}

/// How the validators' own network listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct P2pSettings {
    /// Address and port for the other validators; their configuration names it.
    pub listen: SocketAddr,
}

impl Default for P2pSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8601),
        }
    }
}

/// Another validator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerSettings {
    /// Where it listens for validators. There are no host names: resolving them is not trusted.
    pub p2p: SocketAddr,
    /// Its HTTP interface.
    pub url: NodeUrl,
    /// The key that it votes with.
    pub key: PublicKey,
    /// The key that proves its node, where that is another: its configuration has a section
    /// `[network_key]` then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_key: Option<PublicKey>,
}

/// Why a node cannot start with its configuration. Every message names the key or file.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A key's value cannot be.
    #[error("configuration key {key}: {reason}")]
    Key {
        /// The key, dotted.
        key: &'static str,
        /// What is wrong and what to do.
        reason: String,
    },
    /// A genesis file was refused.
    #[error(transparent)]
    Trust(#[from] trust::TrustError),
    /// The halves of genesis do not belong together.
    #[error("anchor and records are no genesis together")]
    Genesis(#[from] crate::genesis::GenesisError),
    /// A key does not open.
    #[error("configuration section {section}")]
    OpenKey {
        /// The section that names it.
        section: &'static str,
        /// Why.
        #[source]
        source: Box<OpenKeyError>,
    },
    /// The data folder cannot be made.
    #[error("cannot make the data folder {}", path.display())]
    DataDir {
        /// The folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl NodeConfig {
    fn default_role() -> NodeRole {
        NodeRole::Validator
    }

    /// What suits a node; a `[server]` section overrides single keys of it.
    pub fn default_server() -> ServerSettings {
        server::defaults()
    }

    /// Folder of the chain.
    pub fn chain_folder(&self) -> PathBuf {
        self.data_dir.join("chain")
    }

    /// Folder of the engine's log and the signing guard.
    pub fn consensus_folder(&self) -> PathBuf {
        self.data_dir.join("consensus")
    }

    /// Checks what can be checked without reading a file.
    ///
    /// # Errors
    ///
    /// [`SetupError::Key`], naming the key.
    pub fn check(&self) -> Result<(), SetupError> {
        match self.role {
            NodeRole::Follower if self.follow.is_empty() => refuse(
                "follow",
                "a follower needs at least one node to read from: follow = [\"http://host:port\"]",
            ),
            NodeRole::Validator if !self.follow.is_empty() => refuse(
                "follow",
                "a validator hears of blocks from its peers; remove the key, or set role = \"follower\"",
            ),
            _ if self.follow.len() > FOLLOWED_MAX => refuse(
                "follow",
                &format!("at most {FOLLOWED_MAX} nodes can be followed"),
            ),
            _ if self.peers.len() >= VALIDATORS_MAX => refuse(
                "peers",
                &format!("a chain has at most {VALIDATORS_MAX} validators"),
            ),
            _ => {
                self.check_keys()?;
                self.check_peers()
            }
        }
    }

    fn check_keys(&self) -> Result<(), SetupError> {
        let place = self.key.place();
        let place = place.map_err(|error| not_opened("key", error))?;
        if let Some(key) = &self.request_key {
            let place = key.place();
            place.map_err(|error| not_opened("request_key", error))?;
        }
        match (&self.network_key, self.role, place) {
            (None, NodeRole::Validator, KeyPlace::Signer(_)) => {
                refuse("network_key", NETWORK_KEY_MISSING)
            }
            (Some(_), NodeRole::Follower, _) => refuse(
                "network_key",
                "a follower takes no part in the validators' network; remove the section",
            ),
            (Some(key), ..) => {
                let passphrase = key.passphrase().map_err(KeyChoiceError::from);
                passphrase.map_err(|error| not_opened("network_key", error))?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn check_peers(&self) -> Result<(), SetupError> {
        let mut keys: Vec<_> = self.peers.iter().map(|peer| peer.key).collect();
        keys.sort_unstable();
        match keys.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => refuse("peers", &format!("key {} is named twice", pair[0])),
            None => Ok(()),
        }
    }

    /// Opens the key that signs requests; `key` is the one that votes.
    ///
    /// # Errors
    ///
    /// [`SetupError`].
    pub async fn open_request_key(
        &self,
        key: &OpenKey,
        genesis: &Genesis,
    ) -> Result<OpenKey, SetupError> {
        match &self.request_key {
            Some(settings) => open("request_key", settings, genesis.anchor.chain_id()).await,
            None => Ok(key.clone()),
        }
    }

    /// Reads and checks both halves of genesis.
    ///
    /// # Errors
    ///
    /// [`SetupError`].
    pub fn load_genesis(&self) -> Result<Genesis, SetupError> {
        load_genesis(&self.genesis)
    }

    /// Opens the signing key, or meets its signer, and checks that a validator without a vote has somebody to
    /// follow.
    ///
    /// # Errors
    ///
    /// [`SetupError`].
    pub async fn open_key(&self, genesis: &Genesis) -> Result<OpenKey, SetupError> {
        let chain = genesis.anchor.chain_id();
        let key = open("key", &self.key, chain).await?;
        let public = key.public_key();
        if self.peers.iter().any(|peer| peer.key == public) {
            let reason = format!("key {public} is this node's own");
            refuse("peers", &reason)?;
        }
        let is_known = genesis.anchor.validators.find(&public).is_some();
        if self.role == NodeRole::Validator && !is_known && self.peers.is_empty() {
            let reason = format!(
                "key {public} is no validator of the genesis: until the consortium gives it a vote, the node follows others, so name at least one validator"
            );
            refuse("peers", &reason)?;
        }
        Ok(key)
    }

    /// Opens the key that proves this node to the other validators, given the one that votes.
    ///
    /// # Errors
    ///
    /// [`SetupError`].
    pub fn open_network_key(&self, key: &OpenKey) -> Result<SigningKey, SetupError> {
        match (&self.network_key, key) {
            (Some(settings), _) => {
                let opened = settings.open();
                opened.map_err(|error| not_opened("network_key", error))
            }
            (None, OpenKey::File(key)) => Ok(key.clone()),
            (None, OpenKey::Remote(_)) => Err(SetupError::Key {
                key: "network_key",
                reason: NETWORK_KEY_MISSING.to_owned(),
            }),
        }
    }
}

/// What to do where the key that votes is elsewhere.
const NETWORK_KEY_MISSING: &str = "the key that votes is behind a signer, so this node needs a key of its own to prove \
     itself to the other validators: make one with theriac key new, name its file and passphrase_file in a section \
     [network_key], and tell the others its public half: network_key in their [[peers]], or --network-key of theriac \
     validator add or move";

async fn open(
    section: &'static str,
    settings: &KeySettings,
    chain: ChainId,
) -> Result<OpenKey, SetupError> {
    let place = settings
        .place()
        .map_err(|error| not_opened(section, error))?;
    let opened = place.open(chain).await;
    opened.map_err(|error| not_opened(section, error))
}

fn not_opened(section: &'static str, error: impl Into<OpenKeyError>) -> SetupError {
    SetupError::OpenKey {
        section,
        source: Box::new(error.into()),
    }
}

/// Reads and checks both halves of genesis.
///
/// # Errors
///
/// [`SetupError`].
pub fn load_genesis(files: &GenesisFiles) -> Result<Genesis, SetupError> {
    let genesis = Genesis {
        anchor: trust::load_anchor(&files.anchor)?,
        records: trust::load_records(&files.records)?,
    };
    genesis.check()?;
    Ok(genesis)
}

/// Makes the data folder where it is missing.
///
/// # Errors
///
/// [`SetupError::DataDir`].
pub fn make_data_dir(path: &Path) -> Result<(), SetupError> {
    std::fs::create_dir_all(path).map_err(|source| SetupError::DataDir {
        path: path.to_path_buf(),
        source,
    })
}

fn refuse(key: &'static str, reason: &str) -> Result<(), SetupError> {
    Err(SetupError::Key {
        key,
        reason: reason.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;
    use theriac_http::config::{Sources, load_from};

    fn load(text: &str, variables: &[(&str, &str)]) -> Result<NodeConfig, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.toml");
        std::fs::write(&path, text).unwrap();
        let config: NodeConfig = load_from(&Sources {
            file: Some(path),
            prefix: ENVIRONMENT_PREFIX.to_owned(),
            environment: variables
                .iter()
                .map(|(name, value)| (OsString::from(name), OsString::from(value)))
                .collect(),
        })
        .map_err(|error| error.to_string())?;
        config.check().map_err(|error| error.to_string())?;
        Ok(config)
    }

    const VALIDATOR: &str = r#"
        data_dir = "data"
        [genesis]
        anchor = "anchor.json"
        records = "records.json"
        [key]
        file = "key.pem"
        passphrase_file = "passphrase"
        [[peers]]
        p2p = "127.0.0.1:8701"
        url = "http://127.0.0.1:1"
        key = "0101010101010101010101010101010101010101010101010101010101010101"
    "#;

    #[test]
    fn a_validator_reads_its_file_and_the_environment_over_it() {
        let config = load(
            VALIDATOR,
            &[("THERIAC_NODE__SERVER__LISTEN", "127.0.0.1:0")],
        )
        .unwrap();
        assert_eq!(config.role, NodeRole::Validator);
        assert_eq!(config.server.listen.port(), 0);
        assert_eq!(config.peers.len(), 1);
        assert_eq!(config.p2p.listen.port(), 8601);
    }

    #[test]
    fn a_validator_whose_key_is_behind_a_signer_needs_a_key_for_its_network() {
        let remote = VALIDATOR
            .replace("file = \"key.pem\"", "signer = \"signer.sock\"")
            .replace("passphrase_file = \"passphrase\"", "");
        let error = load(&remote, &[]).unwrap_err();
        for part in ["key network_key:", "[network_key]", "[[peers]]"] {
            assert!(error.contains(part), "{error}");
        }
        let network = "[network_key]\nfile = \"network.pem\"\npassphrase_fd = 3\n";
        let config = load(&format!("{remote}\n{network}"), &[]).unwrap();
        assert!(config.network_key.is_some());
        let error = load(&format!("{remote}\n[network_key]\nfile = \"n.pem\"\n"), &[]);
        assert!(error.unwrap_err().contains("section network_key"));
        let follower = remote.replace(
            "[genesis]",
            "role = \"follower\"\nfollow = [\"http://127.0.0.1:1\"]\n[genesis]",
        );
        assert!(
            load(&follower, &[]).is_ok(),
            "a follower has no network of that kind"
        );
    }

    #[test]
    fn a_server_section_overrides_single_keys_of_the_defaults() {
        let section = "[server]\nlisten = \"127.0.0.1:9\"\n\
            [server.rate_limit]\nanonymous_burst = 7\n";
        let config = load(&format!("{VALIDATOR}\n{section}"), &[]).unwrap();
        let mut expected = NodeConfig::default_server();
        expected.listen.set_port(9);
        expected.rate_limit.anonymous_burst = 7;
        assert_eq!(config.server, expected);
        let unknown = format!("{VALIDATOR}\n[server]\ncolour = 1\n");
        let error = load(&unknown, &[]).unwrap_err();
        assert!(error.contains("server.colour"), "{error}");
        let wrong = format!("{VALIDATOR}\n[server]\nworkers = \"two\"\n");
        let error = load(&wrong, &[]).unwrap_err();
        assert!(error.contains("server.workers"), "{error}");
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_name_of_the_key() {
        let unknown = format!("colour = 1\n{VALIDATOR}");
        assert!(load(&unknown, &[]).unwrap_err().contains("colour"));
        let lonely = format!("role = \"follower\"\n{VALIDATOR}");
        let error = load(&lonely, &[]).unwrap_err();
        assert!(error.contains("key follow:"), "{error}");
        let twice = format!(
            "{VALIDATOR}\n[[peers]]\n{}",
            VALIDATOR.split("[[peers]]").nth(1).unwrap()
        );
        let error = load(&twice, &[]).unwrap_err();
        assert!(error.contains("named twice"), "{error}");
        let keyless = VALIDATOR.replace("file = \"key.pem\"", "");
        let error = load(&keyless, &[]).unwrap_err();
        assert!(error.contains("section key"), "{error}");
        let https = VALIDATOR.replace("http://", "https://");
        let error = load(&https, &[]).unwrap_err();
        assert!(error.contains("https"), "{error}");
    }
}
