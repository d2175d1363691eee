//! Which program a configuration file is for.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::de::DeserializeOwned;
use theriac_client::NodeUrl;
use theriac_node::config::{ENVIRONMENT_PREFIX, NodeConfig};

use crate::command::service::load_settings;
use crate::output;

/// What the variables of the services begin with that have the same sections in their files.
const SERVICES: [&str; 4] = [
    "THERIAC_MANUFACTURER",
    "THERIAC_DISTRIBUTOR",
    "THERIAC_PHARMACY",
    "THERIAC_REGULATOR",
];

/// A configuration file, read.
pub(crate) enum Configured {
    Node(Box<NodeConfig>),
    /// The service of a trading partner or regulator: they have the same sections.
    Service(Box<theriac_partner::config::Config>),
    Verifier(Box<theriac_verifier::Config>),
}

impl Configured {
    /// Reads a file, with the variables that override its keys.
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let reading = || format!("reading {}", file.display());
        let text = std::fs::read_to_string(file).with_context(reading)?;
        let table: toml::Table = text.parse().with_context(reading)?;
        if table.contains_key("data_dir") {
            return Ok(Self::Node(Box::new(load_settings(
                ENVIRONMENT_PREFIX,
                file,
            )?)));
        }
        if table.contains_key("replica") {
            return Ok(Self::Verifier(Box::new(load_settings(
                "THERIAC_VERIFIER",
                file,
            )?)));
        }
        if table.contains_key("database") {
            return Ok(Self::Service(Box::new(read_service(file)?)));
        }
        bail!(
            "{} configures no node and no service: it has neither data_dir, nor [replica], nor [database]",
            file.display()
        )
    }

    /// Where it listens.
    pub(crate) fn listen(&self) -> SocketAddr {
        match self {
            Self::Node(node) => node.server.listen,
            Self::Service(service) => service.server.listen,
            Self::Verifier(verifier) => verifier.server.listen,
        }
    }

    /// What it is, in `/version`; none where several may be.
    pub(crate) fn program(&self) -> Option<&'static str> {
        match self {
            Self::Node(_) => Some("node"),
            Self::Verifier(_) => Some("verifier"),
            Self::Service(_) => None,
        }
    }
}

/// Reads what is needed of a service's file, with the variables that override its keys. Which service's it is does not
/// show in it: the variables of one service count.
pub(crate) fn read_service<T: DeserializeOwned>(file: &Path) -> anyhow::Result<T> {
    let names: Vec<_> = std::env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .collect();
    let prefix = prefix_among(names.iter().cloned())?;
    let start = format!("{prefix}__");
    let counts: Vec<_> = names
        .into_iter()
        .filter(|name| name.starts_with(&start))
        .collect();
    if !counts.is_empty() {
        output::note(&format!(
            "keys of {} that variables override: {}",
            file.display(),
            counts.join(", ")
        ));
    }
    load_settings(prefix, file)
}

/// The service for which there are variables; any where there are none.
fn prefix_among(names: impl Iterator<Item = String>) -> anyhow::Result<&'static str> {
    let mut found = BTreeSet::new();
    for name in names {
        let of = |prefix: &&str| {
            name.strip_prefix(*prefix)
                .is_some_and(|key| key.starts_with("__"))
        };
        found.extend(SERVICES.into_iter().find(of));
    }
    if found.len() > 1 {
        let prefixes: Vec<_> = found.into_iter().collect();
        bail!(
            "there are variables of several services, {}: unset those of all but the one whose file it is",
            prefixes.join(" and ")
        );
    }
    Ok(found.first().copied().unwrap_or(SERVICES[0]))
}

/// Where a program that listens there answers on its own machine.
pub(crate) fn own_url(mut listen: SocketAddr) -> anyhow::Result<NodeUrl> {
    if listen.ip().is_unspecified() {
        listen.set_ip(match listen.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    Ok(NodeUrl::parse(&format!("http://{listen}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn among(names: &[&str]) -> anyhow::Result<&'static str> {
        prefix_among(names.iter().map(ToString::to_string))
    }

    #[test]
    fn variables_of_one_service_count_and_of_several_are_refused() {
        let account = "THERIAC_PHARMACY__ACCOUNT__ID";
        let other = ["HOME", "THERIAC_NODE__SERVER__LISTEN", account];
        assert_eq!(among(&other).unwrap(), "THERIAC_PHARMACY");
        assert_eq!(among(&["THERIAC_PHARMACYX__A"]).unwrap(), SERVICES[0]);
        let error = among(&[account, "THERIAC_REGULATOR__LOG__FILTER"]).unwrap_err();
        let said = error.to_string();
        assert!(
            said.contains("THERIAC_PHARMACY and THERIAC_REGULATOR"),
            "{said}"
        );
    }
}
