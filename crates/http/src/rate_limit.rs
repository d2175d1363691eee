//! Rate limits: by API key or by member and network where one is named, else by network.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::clock::{Clock as _, DefaultClock, QuantaInstant};
use governor::{DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter as Governor};
use serde::{Deserialize, Serialize};

use theriac_crypto::PublicKey;

use crate::client_address::rate_limit_network;
use crate::identity::Caller;
use crate::problem::{Problem, ProblemCode};

/// Buckets shared by all networks, and as many by members. A network always falls into the same one, by a hash that starts
/// at random, so memory is bounded (about 1 MB) and nobody can choose to share with a victim. With
/// hundreds of active networks some share; with more than this the limit becomes a global one.
pub const NETWORK_BUCKETS: u32 = 16_384;

/// How much a caller may do. Zero switches a limit off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RateLimitSettings {
    /// Requests a minute of one network without an API key.
    pub anonymous_per_minute: u32,
    /// Requests at once of one network without an API key.
    pub anonymous_burst: u32,
    /// Requests a minute of one API key, or of one member from one network.
    pub key_per_minute: u32,
    /// Requests at once of one API key, or of one member from one network.
    pub key_burst: u32,
}

impl Default for RateLimitSettings {
    fn default() -> Self {
        Self {
            anonymous_per_minute: 600,
            anonymous_burst: 100,
            key_per_minute: 60_000,
            key_burst: 2_000,
        }
    }
}

/// The limits at work; clones share one state.
#[derive(Clone)]
pub struct RateLimit {
    shared: Arc<Shared>,
}

struct Shared {
    networks: Option<DefaultKeyedRateLimiter<u32>>,
    members: Option<DefaultKeyedRateLimiter<u32>>,
    keys: Option<DefaultKeyedRateLimiter<String>>,
    hasher: RandomState,
    clock: DefaultClock,
}

impl std::fmt::Debug for RateLimit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RateLimit").finish_non_exhaustive()
    }
}

impl RateLimit {
    /// Fresh limits: every bucket is full.
    pub fn new(settings: &RateLimitSettings) -> Self {
        let networks = quota(settings.anonymous_per_minute, settings.anonymous_burst);
        let keys = quota(settings.key_per_minute, settings.key_burst);
        Self {
            shared: Arc::new(Shared {
                networks: networks.map(Governor::keyed),
                members: keys.map(Governor::keyed),
                keys: keys.map(Governor::keyed),
                hasher: RandomState::new(),
                clock: DefaultClock::default(),
            }),
        }
    }

    /// Counts one request. A key that is refused counts for its network, so that guessing keys is
    /// limited as well.
    ///
    /// # Errors
    ///
    /// A problem `rate_limited` with `Retry-After`.
    pub fn check(&self, caller: &Caller, address: IpAddr) -> Result<(), Problem> {
        let shared = &self.shared;
        let refusal = match caller {
            // Names are those of the configuration and of the program's own users and keys: their number
            // is bounded.
            Caller::Known(user) => shared
                .keys
                .as_ref()
                .and_then(|keys| keys.check_key(&user.name).err()),
            Caller::Anonymous | Caller::Refused | Caller::Ended => {
                shared.networks.as_ref().and_then(|networks| {
                    let bucket = shared.bucket(rate_limit_network(address));
                    networks.check_key(&bucket).err()
                })
            }
        };
        refusal.map_or(Ok(()), |until| Err(shared.refusal(&until)))
    }

    /// Counts one request that says a member signed it, before its signature is checked. Member and
    /// network count together: whoever borrows a member's name elsewhere spends nothing of its.
    ///
    /// # Errors
    ///
    /// As [`RateLimit::check`].
    pub fn check_member(&self, member: &PublicKey, address: IpAddr) -> Result<(), Problem> {
        let shared = &self.shared;
        let Some(members) = &shared.members else {
            return Ok(());
        };
        let bucket = shared.bucket((rate_limit_network(address), member));
        members
            .check_key(&bucket)
            .map_err(|until| shared.refusal(&until))
    }
}

impl Shared {
    fn refusal(&self, until: &NotUntil<QuantaInstant>) -> Problem {
        let wait = until.wait_time_from(self.clock.now());
        let wait_s = wait.as_secs().saturating_add(1);
        let detail = format!("too many requests; the next is accepted in {wait_s} s");
        Problem::new(ProblemCode::RateLimited, detail).with_retry_after_s(wait_s)
    }

    fn bucket(&self, who: impl Hash) -> u32 {
        let hash = self.hasher.hash_one(who);
        u32::try_from(hash % u64::from(NETWORK_BUCKETS)).unwrap_or(0)
    }
}

fn quota(per_minute: u32, burst: u32) -> Option<Quota> {
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    NonZeroU32::new(per_minute).map(|rate| Quota::per_minute(rate).allow_burst(burst))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(per_minute: u32, burst: u32) -> RateLimit {
        RateLimit::new(&RateLimitSettings {
            anonymous_per_minute: per_minute,
            anonymous_burst: burst,
            ..RateLimitSettings::default()
        })
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn caller_past_the_burst_is_told_when_to_return() {
        let limit = limit(1, 2);
        for _ in 0..2 {
            assert_eq!(limit.check(&Caller::Anonymous, address(1)), Ok(()));
        }
        let problem = limit.check(&Caller::Anonymous, address(1)).unwrap_err();
        assert_eq!(problem.code(), ProblemCode::RateLimited);
        let response = problem.response(None);
        assert!(response.headers().contains_key("retry-after"));
    }

    #[test]
    fn unknown_key_counts_for_its_network() {
        let limit = limit(1, 1);
        assert_eq!(limit.check(&Caller::Refused, address(1)), Ok(()));
        assert!(limit.check(&Caller::Anonymous, address(1)).is_err());
    }

    #[test]
    fn zero_switches_the_limit_off() {
        let limit = limit(0, 0);
        for _ in 0..1_000 {
            assert_eq!(limit.check(&Caller::Anonymous, address(1)), Ok(()));
        }
    }

    #[test]
    fn memory_is_bounded_by_the_number_of_buckets() {
        let limit = limit(1, 1);
        for number in 0..100_000_u32 {
            let address = IpAddr::from(number.to_be_bytes());
            let _ = limit.check(&Caller::Anonymous, address);
        }
        let networks = limit.shared.networks.as_ref().unwrap();
        assert!(networks.len() <= usize::try_from(NETWORK_BUCKETS).unwrap());
    }
}
