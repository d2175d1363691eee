//! The section `[webhooks]`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::post::PosterError;

/// Where webhooks may lead, and how patient the service is with their receivers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebhookSettings {
    /// Whether webhooks may lead to this machine and to addresses of internal networks. An administrator of
    /// the service could otherwise reach with them what only this machine reaches.
    pub allow_internal: bool,
    /// Milliseconds until the second attempt; each later one waits twice as long, up to six hours.
    pub first_retry_ms: u64,
    /// Attempts until a delivery is dead, 1 to 20.
    pub attempts_max: u32,
    /// Certificates (PEM) of authorities of your own, whose receivers are sent to over https beside those that
    /// this machine trusts.
    pub ca_file: Option<PathBuf>,
}

impl Default for WebhookSettings {
    fn default() -> Self {
        Self {
            allow_internal: false,
            first_retry_ms: 10_000,
            // The last one comes a day after the first.
            attempts_max: 15,
            ca_file: None,
        }
    }
}

/// The webhooks cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum WebhookSettingsError {
    /// A setting is out of bounds.
    #[error("setting webhooks.{key} must be between {least} and {most}, not {value}")]
    OutOfBounds {
        /// The key.
        key: &'static str,
        /// The smallest allowed value.
        least: u64,
        /// The largest allowed value.
        most: u64,
        /// The value found.
        value: u64,
    },
    /// No client can be made.
    #[error(transparent)]
    Client(#[from] PosterError),
}

/// The longest wait between two attempts.
const WAIT_MS_MAX: u64 = 6 * 3_600_000;

impl WebhookSettings {
    /// Checks every bound.
    ///
    /// # Errors
    ///
    /// [`WebhookSettingsError`], naming the first key out of bounds.
    pub fn check(&self) -> Result<(), WebhookSettingsError> {
        let attempts = u64::from(self.attempts_max);
        for (key, value, least, most) in [
            ("first_retry_ms", self.first_retry_ms, 10, WAIT_MS_MAX),
            ("attempts_max", attempts, 1, 20),
        ] {
            if !(least..=most).contains(&value) {
                return Err(WebhookSettingsError::OutOfBounds {
                    key,
                    least,
                    most,
                    value,
                });
            }
        }
        Ok(())
    }

    /// How long to wait after so many attempts: doubled each time, and up to a quarter more by chance, so that
    /// not everything that failed together comes again together.
    pub(super) fn wait_ms(&self, attempts: u32, chance: u8) -> u64 {
        let doublings = attempts.saturating_sub(1).min(30);
        let wait_ms = self
            .first_retry_ms
            .saturating_mul(1 << doublings)
            .min(WAIT_MS_MAX);
        wait_ms + wait_ms / 4 * u64::from(chance) / 255
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_six_hours_and_differ_by_chance() {
        let settings = WebhookSettings::default();
        assert_eq!(settings.wait_ms(1, 0), 10_000);
        assert_eq!(settings.wait_ms(1, 255), 12_500);
        assert_eq!(settings.wait_ms(4, 0), 80_000);
        assert_eq!(settings.wait_ms(40, 0), WAIT_MS_MAX);
        let all: u64 = (1..settings.attempts_max)
            .map(|n| settings.wait_ms(n, 0))
            .sum();
        assert!((22..30).contains(&(all / 3_600_000)), "{all}");
    }

    #[test]
    fn settings_out_of_bounds_are_named() {
        let settings = WebhookSettings {
            attempts_max: 0,
            ..WebhookSettings::default()
        };
        let error = settings.check().unwrap_err().to_string();
        assert!(error.contains("webhooks.attempts_max"), "{error}");
    }
}
