//! The section `[server]` of a node: the keys of every program, with defaults of its own.
//!
//! The defaults of a struct hold for keys that are not written, so a node's need structs of their
//! own. These mirror the shared ones; a key that is missing here does not compile.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::{Deserialize, Deserializer};
use theriac_client::wire::PEER_TRANSACTIONS_BYTES_MAX;
use theriac_http::rate_limit::RateLimitSettings;
use theriac_http::server::ServerSettings;

/// What suits a node: validators behind one address hand each other a hundred batches a second, so
/// limits are looser than a service's.
pub(super) fn defaults() -> ServerSettings {
    ServerSettings {
        listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8600),
        body_limit_bytes: PEER_TRANSACTIONS_BYTES_MAX,
        rate_limit: default_rate_limit(),
        ..ServerSettings::default()
    }
}

fn default_rate_limit() -> RateLimitSettings {
    RateLimitSettings {
        anonymous_per_minute: 600_000,
        anonymous_burst: 20_000,
        ..RateLimitSettings::default()
    }
}

/// Reads a section; what it leaves out is as in [`defaults`].
pub(super) fn over_the_defaults<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<ServerSettings, D::Error> {
    Server::deserialize(deserializer)
}

#[derive(Deserialize)]
#[serde(remote = "ServerSettings", default = "defaults", deny_unknown_fields)]
struct Server {
    listen: SocketAddr,
    workers: usize,
    blocking_threads: usize,
    body_limit_bytes: usize,
    request_timeout_ms: u64,
    header_timeout_ms: u64,
    keep_alive_ms: u64,
    shutdown_timeout_ms: u64,
    connections_max: usize,
    trusted_proxies: Vec<IpAddr>,
    #[serde(deserialize_with = "RateLimit::deserialize")]
    rate_limit: RateLimitSettings,
}

#[derive(Deserialize)]
#[serde(
    remote = "RateLimitSettings",
    default = "default_rate_limit",
    deny_unknown_fields
)]
struct RateLimit {
    anonymous_per_minute: u32,
    anonymous_burst: u32,
    key_per_minute: u32,
    key_burst: u32,
}
