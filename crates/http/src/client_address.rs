//! Whose request it is: the peer's address, or what a trusted proxy says.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::http::header::{HeaderMap, HeaderName};
use actix_web::{HttpMessage, HttpRequest};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Entries of `X-Forwarded-For` that are looked at, from the right: more proxies than this stand in
/// front of nobody.
const HOPS_MAX: usize = 8;

/// The address a request counts for, as the server puts it into the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The address a request counts for.
///
/// The header `X-Forwarded-For` is believed only from a peer in `trusted_proxies`, and only up to
/// the first address that is not itself such a proxy: everything left of it is the caller's word.
pub fn client_address(
    peer: Option<SocketAddr>,
    headers: &HeaderMap,
    trusted_proxies: &[IpAddr],
) -> IpAddr {
    let mut address = peer.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |peer| {
        peer.ip().to_canonical()
    });
    if !trusted_proxies.contains(&address) {
        return address;
    }
    let values: Vec<_> = headers
        .get_all(FORWARDED_FOR)
        .filter_map(|value| value.to_str().ok())
        .collect();
    let hops = values.iter().rev().flat_map(|value| value.rsplit(','));
    for hop in hops.take(HOPS_MAX) {
        let Ok(ip) = hop.trim().parse::<IpAddr>() else {
            return address;
        };
        address = ip.to_canonical();
        if !trusted_proxies.contains(&address) {
            return address;
        }
    }
    address
}

/// The address that a request counts for, as the server has found it.
pub fn address_of(request: &HttpRequest) -> IpAddr {
    let extensions = request.extensions();
    let found = extensions.get::<ClientAddress>();
    found.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |address| address.0)
}

/// The network that shares a rate limit: one IPv4 address, or one IPv6 /64, which is what a single
/// subscriber gets.
pub fn rate_limit_network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(ip) => {
            let mut segments = ip.segments();
            segments[4..].fill(0);
            IpAddr::V6(Ipv6Addr::from(segments))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    fn address_of(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_str(value).unwrap());
        }
        let trusted: Vec<IpAddr> = trusted.iter().map(|ip| ip.parse().unwrap()).collect();
        let peer = SocketAddr::new(peer.parse().unwrap(), 1);
        client_address(Some(peer), &headers, &trusted).to_string()
    }

    #[test]
    fn header_of_an_untrusted_peer_is_ignored() {
        assert_eq!(address_of("192.0.2.1", &["198.51.100.9"], &[]), "192.0.2.1");
    }

    #[test]
    fn trusted_proxy_names_the_client() {
        let trusted = ["127.0.0.1"];
        assert_eq!(
            address_of("127.0.0.1", &["198.51.100.9"], &trusted),
            "198.51.100.9"
        );
    }

    #[test]
    fn words_of_the_client_before_the_proxy_do_not_count() {
        let trusted = ["127.0.0.1", "10.0.0.2"];
        assert_eq!(
            address_of(
                "127.0.0.1",
                &["203.0.113.7, 198.51.100.9", "10.0.0.2"],
                &trusted
            ),
            "198.51.100.9"
        );
    }

    #[test]
    fn malformed_entry_stops_the_search() {
        assert_eq!(
            address_of("127.0.0.1", &["198.51.100.9, junk"], &["127.0.0.1"]),
            "127.0.0.1"
        );
    }

    #[test]
    fn one_ipv6_subscriber_shares_one_limit() {
        let one = rate_limit_network("2001:db8:1:2:3::1".parse().unwrap());
        let other = rate_limit_network("2001:db8:1:2:ffff::2".parse().unwrap());
        assert_eq!(one, other);
    }
}
