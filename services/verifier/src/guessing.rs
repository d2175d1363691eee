//! A limit on guessing: how many codes that are not on record an anonymous caller may try.
//!
//! Counted are only answers that confirm nothing, so that whoever scans real packs meets no limit
//! here. A client counts alone and with its network, because addresses are cheap.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use theriac_http::client_address::rate_limit_network;
use theriac_http::problem::{Problem, ProblemCode};

/// Buckets of clients, and as many of networks. Who falls into which is a hash that starts at
/// random, so memory is bounded and nobody can choose to share with a victim.
const BUCKETS: usize = 8_192;
/// Guesses of one client at once, and the time in which one comes back.
const CLIENT: Share = Share {
    burst: 30,
    refill_ms: 6_000,
};
/// The same for a network: 256 addresses of IPv4, one site (/48) of IPv6.
const NETWORK: Share = Share {
    burst: 240,
    refill_ms: 1_000,
};

#[derive(Clone, Copy, Debug)]
struct Share {
    burst: u64,
    refill_ms: u64,
}

/// The guesses made.
#[derive(Debug)]
pub(crate) struct Guessing {
    hasher: RandomState,
    /// For each bucket the time at which it is full again, in milliseconds.
    clients: Mutex<Vec<u64>>,
    networks: Mutex<Vec<u64>>,
}

impl Guessing {
    pub(crate) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            clients: Mutex::new(vec![0; BUCKETS]),
            networks: Mutex::new(vec![0; BUCKETS]),
        }
    }

    /// Whether a client may ask at `now_ms`.
    ///
    /// # Errors
    ///
    /// A problem `rate_limited` with `Retry-After`.
    pub(crate) fn check(&self, client: IpAddr, now_ms: u64) -> Result<(), Problem> {
        let own = wait_ms(&self.clients, self.client(client), CLIENT, now_ms);
        let shared = wait_ms(&self.networks, self.network(client), NETWORK, now_ms);
        let wait_s = own.max(shared).div_ceil(1_000);
        if wait_s == 0 {
            return Ok(());
        }
        let detail =
            format!("too many codes that are not on record; the next is looked up in {wait_s} s");
        Err(Problem::new(ProblemCode::RateLimited, detail)
            .with_retry_after_s(wait_s)
            .with_hint("sign in with an API key, or scan a pack instead of typing numbers"))
    }

    /// Counts a guess of a client.
    pub(crate) fn count(&self, client: IpAddr, now_ms: u64) {
        add(&self.clients, self.client(client), CLIENT, now_ms);
        add(&self.networks, self.network(client), NETWORK, now_ms);
    }

    fn client(&self, client: IpAddr) -> usize {
        self.bucket(("client", rate_limit_network(client)))
    }

    fn network(&self, client: IpAddr) -> usize {
        self.bucket(("network", wider_network(client)))
    }

    fn bucket(&self, who: impl Hash) -> usize {
        let count = BUCKETS as u64;
        usize::try_from(self.hasher.hash_one(who) % count).unwrap_or(0)
    }
}

fn wider_network(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V4(ip) => {
            let [first, second, third, _] = ip.octets();
            IpAddr::V4(Ipv4Addr::new(first, second, third, 0))
        }
        IpAddr::V6(ip) => {
            let mut segments = ip.segments();
            segments[3..].fill(0);
            IpAddr::V6(Ipv6Addr::from(segments))
        }
    }
}

/// How long until a bucket has room for one more guess.
fn wait_ms(buckets: &Mutex<Vec<u64>>, bucket: usize, share: Share, now_ms: u64) -> u64 {
    let buckets = buckets.lock().unwrap_or_else(PoisonError::into_inner);
    let full_at = buckets.get(bucket).copied().unwrap_or(0);
    let last = share
        .burst
        .saturating_sub(1)
        .saturating_mul(share.refill_ms);
    full_at.saturating_sub(now_ms).saturating_sub(last)
}

fn add(buckets: &Mutex<Vec<u64>>, bucket: usize, share: Share, now_ms: u64) {
    let mut buckets = buckets.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(full_at) = buckets.get_mut(bucket) {
        *full_at = (*full_at).max(now_ms).saturating_add(share.refill_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000_000;

    fn guesses_until_refused(guessing: &Guessing, clients: impl Iterator<Item = IpAddr>) -> u64 {
        let mut made = 0;
        for client in clients {
            if guessing.check(client, NOW).is_err() {
                return made;
            }
            guessing.count(client, NOW);
            made += 1;
        }
        made
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
    }

    #[test]
    fn one_client_is_stopped_after_its_burst_and_goes_on_later() {
        let guessing = Guessing::new();
        let made = guesses_until_refused(&guessing, std::iter::repeat_n(address(1), 100));
        assert_eq!(made, CLIENT.burst);
        assert!(guessing.check(address(1), NOW + CLIENT.refill_ms).is_ok());
    }

    #[test]
    fn a_network_is_stopped_although_each_client_guesses_little() {
        let guessing = Guessing::new();
        let clients = (0..=255).cycle().map(address).take(10_000);
        let made = guesses_until_refused(&guessing, clients);
        assert_eq!(made, NETWORK.burst);
        let elsewhere = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
        assert!(guessing.check(elsewhere, NOW).is_ok());
    }

    #[test]
    fn who_guesses_nothing_is_never_stopped() {
        let guessing = Guessing::new();
        assert!((0..1_000).all(|_| guessing.check(address(1), NOW).is_ok()));
    }
}
