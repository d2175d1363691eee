//! The section `[server]` of every program.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::rate_limit::RateLimitSettings;

/// How a program listens, and the bounds of what it accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Worker threads, 1 to 64. Each answers thousands of requests at once.
    pub workers: usize,
    /// Threads a worker may use for work that blocks, 1 to 512.
    pub blocking_threads: usize,
    /// The largest body, in bytes.
    pub body_limit_bytes: usize,
    /// The time until the head of a response, in milliseconds.
    pub request_timeout_ms: u64,
    /// The time a client has to send the head of a request, in milliseconds.
    pub header_timeout_ms: u64,
    /// The time an idle connection is kept, in milliseconds.
    pub keep_alive_ms: u64,
    /// The time requests have to end at a shutdown, in milliseconds (rounded up to seconds).
    pub shutdown_timeout_ms: u64,
    /// Connections of one worker.
    pub connections_max: usize,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Rate limits.
    pub rate_limit: RateLimitSettings,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0),
            workers: 2,
            blocking_threads: 4,
            body_limit_bytes: 2 * 1024 * 1024,
            request_timeout_ms: 30_000,
            header_timeout_ms: 5_000,
            keep_alive_ms: 15_000,
            shutdown_timeout_ms: 5_000,
            connections_max: 1_024,
            trusted_proxies: Vec::new(),
            rate_limit: RateLimitSettings::default(),
        }
    }
}

/// A setting is out of bounds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("setting server.{key} must be between {least} and {most}, not {value}")]
pub struct SettingsError {
    /// The key.
    pub key: &'static str,
    /// The smallest allowed value.
    pub least: u64,
    /// The largest allowed value.
    pub most: u64,
    /// The value found.
    pub value: u64,
}

impl ServerSettings {
    /// Checks every bound.
    ///
    /// # Errors
    ///
    /// [`SettingsError`], naming the first key out of bounds.
    pub fn check(&self) -> Result<(), SettingsError> {
        const HOUR_MS: u64 = 3_600_000;
        const BODY_BYTES_MAX: u64 = 256 * 1024 * 1024;
        let size = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        let bounds = [
            ("workers", size(self.workers), 1, 64),
            ("blocking_threads", size(self.blocking_threads), 1, 512),
            (
                "body_limit_bytes",
                size(self.body_limit_bytes),
                1,
                BODY_BYTES_MAX,
            ),
            ("request_timeout_ms", self.request_timeout_ms, 1, HOUR_MS),
            ("header_timeout_ms", self.header_timeout_ms, 1, HOUR_MS),
            ("keep_alive_ms", self.keep_alive_ms, 1, HOUR_MS),
            ("shutdown_timeout_ms", self.shutdown_timeout_ms, 0, HOUR_MS),
            ("connections_max", size(self.connections_max), 1, 65_536),
        ];
        for (key, value, least, most) in bounds {
            if !(least..=most).contains(&value) {
                return Err(SettingsError {
                    key,
                    least,
                    most,
                    value,
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_within_bounds() {
        assert_eq!(ServerSettings::default().check(), Ok(()));
    }

    #[test]
    fn setting_out_of_bounds_is_named() {
        let settings = ServerSettings {
            workers: 0,
            ..ServerSettings::default()
        };
        let error = settings.check().unwrap_err().to_string();
        assert!(error.contains("server.workers"), "{error}");
    }
}
