//! API keys: configured by their hash, compared in constant time, each with its scopes.
//!
//! A key has 256 random bits, so that one tagged SHA3-256 guards it as well as a slow hash would.

use actix_web::http::header::{self, HeaderMap};
use data_encoding::BASE32_NOPAD;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use subtle::{ConditionallySelectable, ConstantTimeEq};
use theriac_crypto::{Digest, digest};
use zeroize::Zeroizing;

pub use crate::identity::{ApiUser, Caller, Means};

/// Every key starts so: a secret scanner can find one that leaked.
pub const PREFIX: &str = "thk_";

/// Keys in one configuration: every request is compared with each of them.
pub const API_KEYS_MAX: usize = 256;

/// The longest key text that is hashed; ours have 56 characters.
const KEY_BYTES_MAX: usize = 128;

/// Characters of a generated key after [`PREFIX`]: 256 bits in base 32.
const GENERATED_CHARS: usize = 52;

/// Names of configured keys do not start so: these are the names of users and of stored keys.
pub const RESERVED_NAMES: [&str; 2] = ["user:", "key:"];

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
    /// A name starts as those of users or of stored keys do.
    #[error("API key {name:?} has a name that starts like those of users and stored keys")]
    Reserved {
        /// The name.
        name: String,
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
            if RESERVED_NAMES
                .iter()
                .any(|start| key.name.starts_with(start))
            {
                return Err(ApiKeyError::Reserved {
                    name: key.name.clone(),
                });
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
        let (name, scopes) = (key.name.clone(), key.scopes.clone());
        Some(ApiUser::new(name, Means::ConfiguredKey, scopes))
    }

    /// What the `Authorization` header says about the caller.
    pub fn identify_headers(&self, headers: &HeaderMap) -> Caller {
        match presented_key(headers) {
            None => Caller::Anonymous,
            Some(plain) => self.find(plain).map_or(Caller::Refused, Caller::Known),
        }
    }
}

/// A new key: the text for its user, and the hash for the configuration.
pub fn generate(rng: &mut impl CryptoRng) -> (Zeroizing<String>, Digest) {
    let mut bytes = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *bytes);
    from_bytes(&bytes)
}

/// The key of 256 random bits, and its hash.
pub fn from_bytes(bytes: &[u8; 32]) -> (Zeroizing<String>, Digest) {
    let mut plain = Zeroizing::new(String::with_capacity(KEY_BYTES_MAX));
    plain.push_str(PREFIX);
    BASE32_NOPAD.encode_append(bytes, &mut plain);
    plain.make_ascii_lowercase();
    let hash = hash(&plain);
    (plain, hash)
}

/// The hash of a key, as configured.
pub fn hash(plain: &str) -> Digest {
    digest("api-key", plain.as_bytes())
}

/// The key in the `Authorization` header: `None` without such a header, an empty one where the header
/// is of another form.
pub fn presented_key(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?;
    Some(value.to_str().ok().and_then(bearer).unwrap_or_default())
}

/// Whether a text has the form of our keys: what has not need not be looked for.
pub fn is_key(plain: &str) -> bool {
    let Some(rest) = plain.strip_prefix(PREFIX) else {
        return false;
    };
    rest.len() == GENERATED_CHARS
        && rest
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || (b'2'..=b'7').contains(&byte))
}

fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::ProblemCode;
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
        keys.identify_headers(&headers)
    }

    #[test]
    fn generated_key_opens_and_its_neighbour_does_not() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let (plain, hash) = generate(&mut rng);
        let (other, _) = generate(&mut rng);
        assert!(plain.starts_with(PREFIX));
        assert_eq!(plain.len(), 56);
        assert!(is_key(&plain));
        assert!(!is_key(&plain[1..]) && !is_key(&plain.to_uppercase()));
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
        assert_eq!(keys.identify_headers(&HeaderMap::new()), Caller::Anonymous);
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
        assert!(matches!(
            ApiKeys::new(vec![settings("user:anna", Digest::ZERO)]),
            Err(ApiKeyError::Reserved { .. })
        ));
        let many = vec![settings("a", Digest::ZERO); API_KEYS_MAX + 1];
        assert!(matches!(
            ApiKeys::new(many),
            Err(ApiKeyError::TooMany { .. })
        ));
    }
}
