//! Addresses of nodes.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;
use serde::{Deserialize, Serialize};

/// The longest address that is read.
const ADDRESS_BYTES_MAX: usize = 256;

/// Where a node's HTTP interface answers: `http://host:port`, without path or query.
///
/// Nodes speak plain HTTP on a network of their own or behind a proxy that adds TLS; what they say
/// is checked by signatures, and requests are signed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeUrl(Url);

/// Why an address is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NodeUrlError {
    /// Too long.
    #[error("the address has {found} bytes, at most {ADDRESS_BYTES_MAX} are allowed")]
    TooLong {
        /// Its length.
        found: usize,
    },
    /// No URL.
    #[error("the address is no URL ({reason}); write it as http://host:port")]
    Malformed {
        /// What is wrong.
        reason: String,
    },
    /// Another scheme than http.
    #[error("the scheme {scheme} is not spoken; use http://, or a local proxy that adds TLS")]
    Scheme {
        /// The scheme.
        scheme: String,
    },
    /// A user, path, query or fragment.
    #[error("the address must end after the port: http://host:port")]
    Extra,
}

impl NodeUrl {
    /// Reads an address.
    ///
    /// # Errors
    ///
    /// [`NodeUrlError`].
    pub fn parse(text: &str) -> Result<Self, NodeUrlError> {
        if text.len() > ADDRESS_BYTES_MAX {
            return Err(NodeUrlError::TooLong { found: text.len() });
        }
        let url = Url::parse(text).map_err(|error| NodeUrlError::Malformed {
            reason: error.to_string(),
        })?;
        if url.scheme() != "http" {
            return Err(NodeUrlError::Scheme {
                scheme: url.scheme().to_owned(),
            });
        }
        let is_bare = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !is_bare {
            return Err(NodeUrlError::Extra);
        }
        let url = Self(url);
        // Names in other scripts become longer where they are written in ASCII.
        let found = url.to_string().len();
        if found > ADDRESS_BYTES_MAX {
            return Err(NodeUrlError::TooLong { found });
        }
        Ok(url)
    }

    /// The address of a path with query that begins with a slash.
    pub(crate) fn join(&self, path_and_query: &str) -> Url {
        let (path, query) = match path_and_query.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (path_and_query, None),
        };
        let mut url = self.0.clone();
        url.set_path(path);
        url.set_query(query);
        url
    }
}

impl fmt::Display for NodeUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl FromStr for NodeUrl {
    type Err = NodeUrlError;

    fn from_str(text: &str) -> Result<Self, NodeUrlError> {
        Self::parse(text)
    }
}

impl Serialize for NodeUrl {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for NodeUrl {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: std::borrow::Cow<'_, str> = Deserialize::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_address_reads_back() {
        for text in ["http://127.0.0.1:8080", "http://node-1.example:9000"] {
            assert_eq!(NodeUrl::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_name_that_is_too_long_in_ascii_is_refused() {
        let text = format!("http://{}", "č.".repeat(60));
        assert!(text.len() < ADDRESS_BYTES_MAX);
        let refused = NodeUrl::parse(&text);
        assert!(
            matches!(refused, Err(NodeUrlError::TooLong { .. })),
            "{refused:?}"
        );
    }

    #[test]
    fn anything_but_scheme_host_and_port_is_refused() {
        for text in [
            "127.0.0.1:8080",
            "https://node",
            "http://node/v1",
            "http://node/?a",
            "http://user@node",
            "ftp://node",
            "",
        ] {
            assert!(NodeUrl::parse(text).is_err(), "{text}");
        }
    }
}
