//! Where webhooks may lead.
//!
//! An address is checked where it is used: names are resolved here, and only to addresses that are
//! allowed, so that a name that changes its mind leads nowhere.

use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll};

use futures::future::BoxFuture;
use hyper_util::client::legacy::connect::dns::Name;
use reqwest::Url;
use tower_service::Service;

/// The longest address.
const URL_CHARS_MAX: usize = 1_000;

/// Why an address is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum UrlError {
    /// It cannot be read.
    #[error("this is no address of a web server")]
    Malformed,
    /// It is too long.
    #[error("the address has more than {URL_CHARS_MAX} characters")]
    TooLong,
    /// It is not of a kind that is sent to.
    #[error(
        "the address starts with {scheme}:, webhooks are sent over https:, or http: inside one's own network"
    )]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// It holds a name and a password.
    #[error("the address holds a user's name or password; signatures say who sends")]
    Credentials,
    /// It leads inside.
    #[error(
        "the address leads to an internal network, which webhooks.allow_internal does not allow"
    )]
    Internal,
}

impl UrlError {
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Malformed | Self::TooLong => "url_invalid",
            Self::Scheme { .. } => "url_scheme",
            Self::Credentials => "url_credentials",
            Self::Internal => "url_internal",
        }
    }
}

/// Checks an address that somebody gives. Names are judged when they are resolved.
pub(super) fn check_url(text: &str, allow_internal: bool) -> Result<Url, UrlError> {
    if text.len() > URL_CHARS_MAX {
        return Err(UrlError::TooLong);
    }
    let url = Url::parse(text).map_err(|_| UrlError::Malformed)?;
    if !["http", "https"].contains(&url.scheme()) {
        let scheme = url.scheme().to_owned();
        return Err(UrlError::Scheme { scheme });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlError::Credentials);
    }
    let host = url.host_str().ok_or(UrlError::Malformed)?;
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    let is_inside = literal.parse::<IpAddr>().is_ok_and(is_internal) || host == "localhost";
    if is_inside && !allow_internal {
        return Err(UrlError::Internal);
    }
    Ok(url)
}

/// Whether an address is of this machine, of an internal network, or of nobody.
pub fn is_internal(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            let is_shared = a == 100 && (64..128).contains(&b);
            ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_multicast()
                || ip.is_broadcast()
                || ip.is_documentation()
                || is_shared
                || a == 0
                || a >= 240
        }
        IpAddr::V6(ip) => {
            let first = ip.segments()[0];
            let embeds_v4 = matches!(ip.segments(), [0x64, 0xff9b, ..] | [0x2002, ..]);
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_multicast()
                || (first & 0xfe00) == 0xfc00
                || (first & 0xffc0) == 0xfe80
                || embeds_v4
        }
    }
}

/// Resolves names to addresses that are allowed.
#[derive(Clone, Copy, Debug)]
pub(super) struct GuardedNames {
    allow_internal: bool,
}

impl GuardedNames {
    pub(super) fn new(allow_internal: bool) -> Self {
        Self { allow_internal }
    }
}

/// Why a name is not resolved.
#[derive(Debug, thiserror::Error)]
pub(super) enum NameError {
    /// It leads inside.
    #[error("the name leads to an internal network, which webhooks.allow_internal does not allow")]
    Internal,
    /// Nobody knows it.
    #[error("the name cannot be resolved")]
    Unknown(#[source] std::io::Error),
}

impl Service<Name> for GuardedNames {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = NameError;
    type Future = BoxFuture<'static, Result<Self::Response, NameError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), NameError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let allow_internal = self.allow_internal;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await;
            let allowed: Vec<SocketAddr> = found
                .map_err(NameError::Unknown)?
                .filter(|address| allow_internal || !is_internal(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(NameError::Internal);
            }
            Ok(allowed.into_iter())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_and_internal_networks_are_internal() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "255.255.255.255",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
        ] {
            assert!(is_internal(text.parse().unwrap()), "{text}");
        }
        for text in ["8.8.8.8", "100.128.0.1", "2606:4700::1111"] {
            assert!(!is_internal(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn address_that_leads_inside_is_refused_unless_it_is_allowed() {
        for text in [
            "http://127.0.0.1:9/x",
            "http://localhost/",
            "http://[::1]/",
            "http://10.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
        ] {
            assert_eq!(check_url(text, false), Err(UrlError::Internal), "{text}");
            assert!(check_url(text, true).is_ok(), "{text}");
        }
        assert!(check_url("http://hooks.example.org/theriac?x=1", false).is_ok());
        assert!(check_url("https://hooks.example.org/", false).is_ok());
        assert!(check_url("https://127.0.0.1/", false).is_err());
        assert!(check_url("http://a:b@hooks.example.org/", false).is_err());
        assert!(check_url("file:///etc/passwd", true).is_err());
        assert!(check_url("nonsense", true).is_err());
    }

    #[tokio::test]
    async fn name_that_leads_to_this_machine_is_not_resolved() {
        let mut guarded = GuardedNames::new(false);
        let outcome = guarded.call("localhost".parse().unwrap()).await;
        assert!(outcome.is_err());
        let mut open = GuardedNames::new(true);
        assert!(open.call("localhost".parse().unwrap()).await.is_ok());
    }
}
