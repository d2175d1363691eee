//! How often a sign-in may fail: by user and network, by user, and by network.
//!
//! An attempt is charged when it begins and given back when it succeeds, so that attempts at once
//! count as well. Buckets are found by a hash that starts at random: memory is bounded, and nobody can
//! choose to share one with a victim.

use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use theriac_http::client_address::rate_limit_network;
use theriac_http::problem::{Problem, ProblemCode};

/// Buckets of each kind.
const BUCKETS: usize = 4_096;

/// Failures at once, and the time after which one is forgotten.
#[derive(Clone, Copy, Debug)]
struct Allowance {
    burst: u64,
    every_ms: u64,
}

/// One user from one network: somebody who mistypes has enough of these.
const PAIR: Allowance = Allowance {
    burst: 5,
    every_ms: 30_000,
};
/// One user from anywhere: many guess one password.
const USER: Allowance = Allowance {
    burst: 50,
    every_ms: 60_000,
};
/// One network, whoever it names: one guesses many passwords.
const NETWORK: Allowance = Allowance {
    burst: 30,
    every_ms: 2_000,
};

/// The failures so far.
#[derive(Debug)]
pub(super) struct Throttle {
    hasher: RandomState,
    /// For each bucket the time at which all its failures are forgotten.
    buckets: Mutex<Vec<u64>>,
}

/// An attempt that was charged as a failure.
#[derive(Debug)]
pub(super) struct Turn<'t> {
    throttle: &'t Throttle,
    charged: [(usize, Allowance); 3],
}

impl Throttle {
    pub(super) fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            buckets: Mutex::new(vec![0; 3 * BUCKETS]),
        }
    }

    /// Charges one attempt.
    ///
    /// # Errors
    ///
    /// A problem `rate_limited` with the time to wait.
    pub(super) fn begin(
        &self,
        user: &str,
        address: IpAddr,
        now_ms: u64,
    ) -> Result<Turn<'_>, Problem> {
        let network = rate_limit_network(address);
        let charged = [
            (self.bucket(0, (user, network)), PAIR),
            (self.bucket(1, user), USER),
            (self.bucket(2, network), NETWORK),
        ];
        let mut buckets = self.buckets();
        let mut wait_ms = 0;
        for (bucket, allowance) in charged {
            let next = buckets[bucket].max(now_ms) + allowance.every_ms;
            let room_ms = allowance.burst * allowance.every_ms;
            wait_ms = wait_ms.max(next.saturating_sub(now_ms + room_ms));
        }
        if wait_ms > 0 {
            let wait_s = wait_ms.div_ceil(1_000);
            let detail = format!("too many failed sign-ins; the next is accepted in {wait_s} s");
            return Err(Problem::new(ProblemCode::RateLimited, detail).with_retry_after_s(wait_s));
        }
        for (bucket, allowance) in charged {
            buckets[bucket] = buckets[bucket].max(now_ms) + allowance.every_ms;
        }
        Ok(Turn {
            throttle: self,
            charged,
        })
    }

    fn bucket(&self, kind: usize, who: impl Hash) -> usize {
        let buckets = u64::try_from(BUCKETS).unwrap_or(1);
        let within = usize::try_from(self.hasher.hash_one(who) % buckets).unwrap_or(0);
        kind * BUCKETS + within
    }

    fn buckets(&self) -> MutexGuard<'_, Vec<u64>> {
        // Every critical section leaves the buckets whole, so a poisoned lock is still good.
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// The attempt was none that fails.
    pub(super) fn give_back(self) {
        let mut buckets = self.throttle.buckets();
        for (bucket, allowance) in self.charged {
            buckets[bucket] = buckets[bucket].saturating_sub(allowance.every_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn sixth_wrong_password_of_one_user_waits_half_a_minute() {
        let throttle = Throttle::new();
        for _ in 0..5 {
            assert!(throttle.begin("anna", address(1), 1_000).is_ok());
        }
        let problem = throttle.begin("anna", address(1), 1_000).unwrap_err();
        assert_eq!(problem.code(), ProblemCode::RateLimited);
        assert!(problem.detail().contains("30 s"), "{}", problem.detail());
        assert!(throttle.begin("anna", address(2), 1_000).is_ok());
        assert!(throttle.begin("anna", address(1), 31_000).is_ok());
    }

    #[test]
    fn network_that_guesses_for_many_users_is_stopped() {
        let throttle = Throttle::new();
        let refused = (0..40).find(|number| {
            let name = format!("user{number}");
            throttle.begin(&name, address(1), 1_000).is_err()
        });
        assert_eq!(refused, Some(30));
        assert!(throttle.begin("user7", address(9), 1_000).is_ok());
    }

    #[test]
    fn successes_are_not_counted() {
        let throttle = Throttle::new();
        for _ in 0..1_000 {
            throttle
                .begin("anna", address(1), 1_000)
                .unwrap()
                .give_back();
        }
    }
}
