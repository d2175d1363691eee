//! Writes that a browser sends for a page of another site.
//!
//! Browsers send a session's cookie unasked. `SameSite=Strict` keeps it from other sites, but ports of
//! one machine are one site to them. So a write that a browser sends says where it comes from.

use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap, HeaderName};
use theriac_http::problem::{Problem, ProblemCode};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses a write that a browser says comes from another origin. What is no browser says nothing, and
/// no page can send for it.
///
/// # Errors
///
/// A problem `cross_site`.
pub fn check_same_site(method: &Method, headers: &HeaderMap) -> Result<(), Problem> {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(method) {
        return Ok(());
    }
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    let is_same = match (text(FETCH_SITE), text(header::ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let host = text(header::HOST).unwrap_or_default();
            let from = origin.split_once("://").map_or("", |(_, host)| host);
            !host.is_empty() && from.eq_ignore_ascii_case(host)
        }
        (None, None) => true,
    };
    if is_same {
        return Ok(());
    }
    Err(Problem::new(
        ProblemCode::CrossSite,
        "this write was sent for a page of another origin, with a session's cookie",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn check(headers: &[(HeaderName, &'static str)]) -> bool {
        let mut map = HeaderMap::new();
        map.append(header::HOST, HeaderValue::from_static("127.0.0.1:8080"));
        for (name, value) in headers {
            map.append(name.clone(), HeaderValue::from_static(value));
        }
        check_same_site(&Method::POST, &map).is_ok()
    }

    #[test]
    fn own_pages_and_programs_may_write() {
        assert!(check(&[]));
        assert!(check(&[(FETCH_SITE, "same-origin")]));
        assert!(check(&[(header::ORIGIN, "http://127.0.0.1:8080")]));
    }

    #[test]
    fn other_sites_and_other_ports_may_not() {
        assert!(!check(&[(FETCH_SITE, "cross-site")]));
        assert!(!check(&[(FETCH_SITE, "same-site")]));
        assert!(!check(&[(FETCH_SITE, "none")]));
        assert!(!check(&[(header::ORIGIN, "http://127.0.0.1:9090")]));
        assert!(!check(&[(header::ORIGIN, "null")]));
    }

    #[test]
    fn reading_is_not_checked() {
        let mut map = HeaderMap::new();
        map.append(FETCH_SITE, HeaderValue::from_static("cross-site"));
        assert!(check_same_site(&Method::GET, &map).is_ok());
    }
}
