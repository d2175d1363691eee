//! The cookie of a session.

use actix_web::http::header::{self, HeaderMap};

/// Cookies of one request that are looked at.
const COOKIES_MAX: usize = 64;

/// The cookie's name and how it travels. The name holds the service's: browsers tell hosts apart and
/// not ports, and several services may share a machine.
#[derive(Clone, Debug)]
pub(super) struct SessionCookie {
    name: String,
    is_secure: bool,
}

impl SessionCookie {
    pub(super) fn new(service: &str, is_secure: bool) -> Self {
        // With this prefix a browser takes the cookie from this very host alone, over https (RFC 6265bis).
        let prefix = if is_secure { "__Host-" } else { "" };
        Self {
            name: format!("{prefix}theriac_{service}"),
            is_secure,
        }
    }

    /// The token in a request's headers.
    pub(super) fn read<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        headers
            .get_all(header::COOKIE)
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .take(COOKIES_MAX)
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == self.name)
            .map(|(_, token)| token)
    }

    /// The header that sets it. Scripts do not see it, and no other site's page sends it.
    pub(super) fn set(&self, token: &str, max_age_s: u64) -> String {
        let secure = if self.is_secure { "; Secure" } else { "" };
        format!(
            "{}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_s}{secure}",
            self.name
        )
    }

    /// The header that takes it away.
    pub(super) fn clear(&self) -> String {
        self.set("", 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn own_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        let value =
            HeaderValue::from_static("a=b; theriac_pharmacy=tok; theriac_distributor=other");
        headers.append(header::COOKIE, value);
        let cookie = SessionCookie::new("pharmacy", false);
        assert_eq!(cookie.read(&headers), Some("tok"));
        assert_eq!(SessionCookie::new("regulator", false).read(&headers), None);
    }

    #[test]
    fn cookie_is_closed_to_scripts_and_other_sites() {
        let set = SessionCookie::new("pharmacy", true).set("tok", 60);
        assert_eq!(
            set,
            "__Host-theriac_pharmacy=tok; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure"
        );
    }
}
