//! The fifth authority: its keys, its admission, its node.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::{Value, json};
use theriac_crypto::SigningKey;
use theriac_gs1::{CompanyPrefix, Gln};
use theriac_http::keyfile::PassphraseSource;
use theriac_ledger::change::{NewAccount, NewKey, NewOrganisation, NewValidator, Seat};
use theriac_ledger::encoding::BoundedText;
use theriac_ledger::identifier::{AccountId, ChainId, OrganisationId};
use theriac_ledger::record::{KeyPurpose, Place, Role, Roles};
use theriac_node::engine::create_guard;

use super::super::configuration::Prepared;
use super::super::ports::free_ports;
use super::super::stage::Stage;
use crate::command::genesis::add::random_id;
use crate::command::keys;

/// Somebody who is not in the genesis.
pub(super) struct Newcomer {
    pub(super) organisation: OrganisationId,
    pub(super) account: AccountId,
    /// Signs transactions and requests.
    pub(super) key: SigningKey,
    /// Kept offline.
    pub(super) recovery: SigningKey,
    folder: PathBuf,
}

impl Newcomer {
    /// Makes its keys in a folder of its own.
    pub(super) fn new(folder: &Path, name: &str) -> anyhow::Result<Self> {
        let folder = folder.join(name);
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        let passphrase = folder.join("passphrase");
        keys::write_passphrase(&passphrase)?;
        let passphrase = PassphraseSource::File(passphrase);
        Ok(Self {
            organisation: OrganisationId(random_id()),
            account: AccountId(random_id()),
            key: keys::create(&folder.join("key.pem"), &passphrase)?,
            recovery: keys::create(&folder.join("recovery.pem"), &passphrase)?,
            folder,
        })
    }

    /// What it applies with.
    pub(super) fn application(
        &self,
        chain: &ChainId,
        (legal_name, role, gln): (&str, Role, &str),
        prefixes: &[&str],
    ) -> anyhow::Result<NewOrganisation> {
        let legal_name = BoundedText::parse(legal_name)?;
        let roles = Roles::new(vec![role])?;
        let both = vec![KeyPurpose::Custody, KeyPurpose::Request].try_into()?;
        let offline = vec![KeyPurpose::Recovery].try_into()?;
        let mut keys = vec![
            NewKey::prove(chain, &self.key, self.account, both),
            NewKey::prove(chain, &self.recovery, self.account, offline),
        ];
        keys.sort_by_key(|key| key.key);
        let account = NewAccount {
            account: self.account,
            gln: gln.parse::<Gln>()?,
            name: legal_name.clone(),
            place: Place {
                latitude: -13_100,
                longitude: 368_300,
            },
            country: "KE".parse()?,
            roles: roles.clone(),
        };
        let prefixes: Vec<CompanyPrefix> = prefixes
            .iter()
            .map(|prefix| prefix.parse())
            .collect::<Result<_, _>>()?;
        Ok(NewOrganisation {
            organisation: self.organisation,
            legal_name,
            roles,
            licences: Vec::new().try_into()?,
            gs1_prefixes: prefixes.try_into()?,
            service_address: BoundedText::default(),
            accounts: vec![account].try_into()?,
            keys: keys.try_into()?,
        })
    }

    /// Prepares a node that follows until it has a vote, and what gives it one.
    pub(super) fn node(&self, stage: &Stage) -> anyhow::Result<(Prepared, NewValidator)> {
        let consortium = &stage.consortium;
        let chain = consortium.anchor.chain_id();
        let passphrase = self.folder.join("passphrase");
        let file = self.folder.join("validator.pem");
        let vote = keys::create(&file, &PassphraseSource::File(passphrase.clone()))?;
        let ports = free_ports(2)?;
        let (http, peer) = (
            format!("http://127.0.0.1:{}", ports[0]),
            format!("127.0.0.1:{}", ports[1]),
        );
        let peers: Vec<Value> = consortium
            .authorities
            .iter()
            .zip(&stage.nodes)
            .zip(&stage.peer_ports)
            .map(|((member, node), port)| {
                json!({
                    "p2p": format!("127.0.0.1:{port}"),
                    "url": node.address,
                    "key": member.public_key,
                })
            })
            .collect();
        let data_dir = self.folder.join("data");
        let content = json!({
            "role": "validator",
            "data_dir": data_dir,
            "genesis": { "anchor": consortium.anchor_file, "records": consortium.records_file },
            "key": { "file": file, "passphrase_file": passphrase },
            "request_key": { "file": self.folder.join("key.pem"), "passphrase_file": passphrase },
            "server": super::super::configuration::node_server(ports[0]),
            "p2p": { "listen": peer },
            "peers": peers,
            "log": { "filter": "warn" },
        });
        create_guard(&data_dir.join("consensus"), chain, vote.public_key())?;
        let config = self.folder.join("config.toml");
        fs::write(&config, toml::to_string_pretty(&content)?)
            .with_context(|| format!("writing {}", config.display()))?;
        let seat = Seat {
            network_key: vote.public_key(),
            peer_address: BoundedText::parse(&peer)?,
            interface: BoundedText::parse(&http)?,
        };
        let prepared = Prepared {
            subcommand: "node",
            name: "authority-5",
            file: config,
            address: http,
            key: None,
        };
        let new = NewValidator::prove(&chain, &vote, self.account, 1, seat);
        Ok((prepared, new))
    }
}
