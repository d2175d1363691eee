//! Argon2id, away from the threads that answer requests, and only so many at once.

use std::sync::Arc;

use argon2::password_hash::{self, PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use theriac_client::Generator;
use tokio::sync::Semaphore;

use crate::offload::offload;

/// Memory of one hash in KiB, passes and lanes: OWASP's Password Storage Cheat Sheet, argon2id.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes at once: each takes 19 MiB and one core.
const AT_ONCE: usize = 2;
/// Hashes that wait or work: more are refused.
const PLACES: usize = 32;

/// Why nothing was hashed.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many at once.
    #[error("too many hashes are being made")]
    Busy,
    /// The library refuses.
    #[error("a password hash could not be made or read")]
    Failed(#[from] password_hash::Error),
}

/// Makes and checks hashes of passwords and PINs.
#[derive(Debug)]
pub struct Hashing {
    places: Semaphore,
    work: Semaphore,
    /// Is checked where nobody has the name, so that it takes as long.
    nobody: Arc<str>,
}

impl Hashing {
    /// Ready to hash.
    ///
    /// # Panics
    ///
    /// Never: the parameters are within the library's bounds.
    pub fn new(generator: &Generator) -> Self {
        let secret = generator.bytes::<32>();
        let nobody = hash(&secret, &generator.bytes())
            .expect("these parameters are within the library's bounds");
        Self {
            places: Semaphore::new(PLACES),
            work: Semaphore::new(AT_ONCE),
            nobody: nobody.into(),
        }
    }

    /// The hash of a secret, as a PHC string.
    ///
    /// # Errors
    ///
    /// [`HashError`].
    pub async fn hash(&self, secret: String, salt: [u8; 16]) -> Result<String, HashError> {
        let _place = self.places.try_acquire().map_err(|_| HashError::Busy)?;
        let _turn = self.work.acquire().await.map_err(|_| HashError::Busy)?;
        Ok(offload(move || hash(secret.as_bytes(), &salt)).await?)
    }

    /// Whether a secret belongs to a hash; without a hash it takes as long, and never does.
    ///
    /// # Errors
    ///
    /// [`HashError`].
    pub async fn verify(&self, stored: Option<String>, secret: String) -> Result<bool, HashError> {
        let _place = self.places.try_acquire().map_err(|_| HashError::Busy)?;
        let _turn = self.work.acquire().await.map_err(|_| HashError::Busy)?;
        let is_somebody = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.as_ref().to_owned());
        let is_right = offload(move || verify(&stored, secret.as_bytes())).await?;
        Ok(is_right && is_somebody)
    }
}

fn hash(secret: &[u8], salt: &[u8; 16]) -> Result<String, password_hash::Error> {
    Ok(argon2().hash_password_with_salt(secret, salt)?.to_string())
}

fn verify(stored: &str, secret: &[u8]) -> Result<bool, password_hash::Error> {
    match argon2().verify_password(secret, stored) {
        Ok(()) => Ok(true),
        Err(password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(error),
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .expect("these parameters are within the library's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn right_secret_is_known_and_others_are_not() {
        let generator = Generator::system();
        let hashing = Hashing::new(&generator);
        let secret = || "correct horse battery".to_owned();
        let stored = hashing.hash(secret(), generator.bytes()).await.unwrap();
        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert!(
            hashing
                .verify(Some(stored.clone()), secret())
                .await
                .unwrap()
        );
        let wrong = "correct horse batter".to_owned();
        assert!(!hashing.verify(Some(stored), wrong).await.unwrap());
        assert!(!hashing.verify(None, secret()).await.unwrap());
    }
}
