//! Randomness as an argument: one generator, shared by what needs salts and nonces.

use std::sync::{Arc, Mutex, PoisonError};

use rand_core::CryptoRng;

/// A cryptographic generator; clones share it.
#[derive(Clone)]
pub struct Generator(Arc<Mutex<dyn CryptoRng + Send>>);

impl std::fmt::Debug for Generator {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Generator")
    }
}

impl Generator {
    /// Shares a generator.
    pub fn new(generator: impl CryptoRng + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(generator)))
    }

    /// The operating system's generator.
    pub fn system() -> Self {
        Self::new(theriac_http::random::system_random())
    }

    /// `N` fresh bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill_bytes(&mut bytes);
        bytes
    }
}
