//! Which program a configuration file is for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

use anyhow::{Context as _, bail};
use theriac_client::NodeUrl;
use theriac_node::config::{ENVIRONMENT_PREFIX, NodeConfig};

use crate::command::service::load_settings;

/// A configuration file, read.
pub(crate) enum Configured {
    Node(Box<NodeConfig>),
    /// The service of a trading partner or regulator: they have the same sections.
    Service(Box<theriac_partner::config::Config>),
    Verifier(Box<theriac_verifier::Config>),
}

impl Configured {
    /// Reads a file. Which service's it is does not show, so that variables override keys of a node and a verifier
    /// alone.
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
            let service = toml::from_str(&text).with_context(reading)?;
            return Ok(Self::Service(Box::new(service)));
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
