//! API keys: configured by their hash, compared in constant time, each with its scopes.
//!
//! A key has 256 random bits, so that one tagged SHA3-256 guards it as well as a slow hash would.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderMap};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use data_encoding::BASE32_NOPAD;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use theriac_crypto::{Digest, digest};
use zeroize::Zeroizing;

use crate::problem::{Problem, ProblemCode};

/// Every key starts so: a secret scanner can find one that leaked.
pub const PREFIX: &str = "thk_";

/// Keys in one configuration: every request is compared with each of them.
pub const API_KEYS_MAX: usize = 256;

/// The longest key text that is hashed; ours have 56 characters.
const KEY_BYTES_MAX: usize = 128;

/// One key of the configuration: `[[api_key]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKeySettings {
    /// Who uses it; shows in logs and events.
    pub name: String,
    /// The hash that `theriac key api` prints.
    pub hash: Digest,
    /// What it may do.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// Why the configured keys were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// More than [`API_KEYS_MAX`].
    #[error("{count} API keys are configured, at most {API_KEYS_MAX} are allowed")]
    TooMany {
        /// How many.
        count: usize,
    },
    /// A name is empty.
    #[error("API key number {number} has no name")]
    Unnamed {
        /// Its place in the list, from 1.
        number: usize,
    },
    /// Two keys have one name or one hash.
    #[error("API key {name:?} is configured twice (same name or same hash)")]
    Duplicate {
        /// The second one.
        name: String,
    },
}

/// The keys a service accepts.
#[derive(Clone, Debug, Default)]
pub struct ApiKeys {
    keys: Vec<ApiKeySettings>,
}

impl ApiKeys {
    /// Checks and takes the configured keys.
    ///
    /// # Errors
    ///
    /// [`ApiKeyError`].
    pub fn new(keys: Vec<ApiKeySettings>) -> Result<Self, ApiKeyError> {
        if keys.len() > API_KEYS_MAX {
            return Err(ApiKeyError::TooMany { count: keys.len() });
        }
        for (index, key) in keys.iter().enumerate() {
            if key.name.is_empty() {
                return Err(ApiKeyError::Unnamed { number: index + 1 });
            }
            let earlier = &keys[..index];
            if earlier
                .iter()
                .any(|other| other.name == key.name || other.hash == key.hash)
            {
                return Err(ApiKeyError::Duplicate {
                    name: key.name.clone(),
                });
            }
        }
        Ok(Self { keys })
    }

    /// Whose key this text is. The time taken does not depend on which key matches, or whether one
    /// does.
    pub fn find(&self, plain: &str) -> Option<ApiUser> {
        if plain.len() > KEY_BYTES_MAX {
            return None;
        }
        let given = hash(plain);
        let mut found = u64::MAX;
        for (index, key) in (0_u64..).zip(&self.keys) {
            let is_equal = key.hash.as_bytes().ct_eq(given.as_bytes());
            found.conditional_assign(&index, is_equal);
        }
        let key = usize::try_from(found).ok().and_then(|i| self.keys.get(i))?;
        Some(ApiUser {
            name: key.name.clone(),
            scopes: key.scopes.clone(),
        })
    }

    /// What the `Authorization` header says about the caller.
    pub fn identify(&self, headers: &HeaderMap) -> Caller {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Caller::Anonymous;
        };
        value
            .to_str()
            .ok()
            .and_then(bearer)
            .and_then(|plain| self.find(plain))
            .map_or(Caller::Refused, Caller::Known)
    }
}

/// Who calls, as far as API keys say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// No key was given.
    Anonymous,
    /// A key was given, and it is not one of ours.
    Refused,
    /// The user of a known key.
    Known(ApiUser),
}

/// The user of an API key. As a handler's argument it makes the key mandatory; `Option<ApiUser>`
/// makes it optional.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiUser {
    /// The key's name.
    pub name: String,
    scopes: Vec<String>,
}

impl ApiUser {
    /// Whether the key has the scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        self.scopes.iter().any(|own| own == scope)
    }

    /// Refuses callers without the scope.
    ///
    /// # Errors
    ///
    /// A problem `forbidden` that names the scope.
    pub fn check_scope(&self, scope: &str) -> Result<(), Problem> {
        if self.has_scope(scope) {
            return Ok(());
        }
        let detail = format!("API key {:?} does not have the scope {scope:?}", self.name);
        Err(Problem::new(ProblemCode::Forbidden, detail))
    }
}

impl FromRequest for ApiUser {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(match request.extensions().get::<Caller>() {
            Some(Caller::Known(user)) => Ok(user.clone()),
            Some(Caller::Refused) => Err(refused()),
            Some(Caller::Anonymous) | None => Err(Problem::new(
                ProblemCode::CredentialsMissing,
                "this address needs an API key",
            )),
        })
    }
}

/// The refusal of a key that is not known.
pub(crate) fn refused() -> Problem {
    Problem::new(
        ProblemCode::CredentialsInvalid,
        "the API key in the Authorization header is not known here",
    )
}

/// A new key: the text for its user, and the hash for the configuration.
pub fn generate(rng: &mut impl CryptoRng) -> (Zeroizing<String>, Digest) {
    let mut bytes = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *bytes);
    let mut plain = Zeroizing::new(String::with_capacity(KEY_BYTES_MAX));
    plain.push_str(PREFIX);
    BASE32_NOPAD.encode_append(&*bytes, &mut plain);
    plain.make_ascii_lowercase();
    let hash = hash(&plain);
    (plain, hash)
}

/// The hash of a key, as configured.
pub fn hash(plain: &str) -> Digest {
    digest("api-key", plain.as_bytes())
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;

    fn settings(name: &str, hash: Digest) -> ApiKeySettings {
        ApiKeySettings {
            name: name.to_owned(),
            hash,
            scopes: vec!["ship".to_owned()],
        }
    }

    fn identify(keys: &ApiKeys, value: &str) -> Caller {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        keys.identify(&headers)
    }

    #[test]
    fn generated_key_opens_and_its_neighbour_does_not() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let (plain, hash) = generate(&mut rng);
        let (other, _) = generate(&mut rng);
        assert!(plain.starts_with(PREFIX));
        assert_eq!(plain.len(), 56);
        let keys = ApiKeys::new(vec![
            settings("first", Digest([5; 32])),
            settings("line", hash),
        ])
        .unwrap();
        let Caller::Known(user) = identify(&keys, &format!("Bearer {}", *plain)) else {
            panic!("the key is known");
        };
        assert_eq!(user.name, "line");
        assert!(user.check_scope("ship").is_ok());
        assert_eq!(
            user.check_scope("recall").unwrap_err().code(),
            ProblemCode::Forbidden
        );
        assert_eq!(
            identify(&keys, &format!("Bearer {}", *other)),
            Caller::Refused
        );
        assert_eq!(
            identify(&keys, &format!("Basic {}", *plain)),
            Caller::Refused
        );
        assert_eq!(identify(&keys, "Bearer"), Caller::Refused);
        assert_eq!(keys.identify(&HeaderMap::new()), Caller::Anonymous);
        assert_eq!(keys.find(&"x".repeat(KEY_BYTES_MAX + 1)), None);
    }

    #[test]
    fn doubled_unnamed_and_too_many_keys_are_refused() {
        let twice = vec![
            settings("a", Digest([1; 32])),
            settings("a", Digest([2; 32])),
        ];
        assert!(matches!(
            ApiKeys::new(twice),
            Err(ApiKeyError::Duplicate { .. })
        ));
        assert_eq!(
            ApiKeys::new(vec![settings("", Digest::ZERO)]).unwrap_err(),
            ApiKeyError::Unnamed { number: 1 }
        );
        let many = vec![settings("a", Digest::ZERO); API_KEYS_MAX + 1];
        assert!(matches!(
            ApiKeys::new(many),
            Err(ApiKeyError::TooMany { .. })
        ));
    }
}
