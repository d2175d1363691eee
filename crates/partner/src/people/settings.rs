//! The section `[sign_in]`.

use serde::{Deserialize, Serialize};

/// How long sessions live, and how their cookie travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignInSettings {
    /// Minutes after which a session that is not used ends, 1 to 10,080.
    pub idle_minutes: u64,
    /// Hours after which a session ends, used or not, 1 to 168.
    pub session_hours: u64,
    /// Whether browsers send the cookie over https only. Set it wherever a proxy speaks https for the
    /// service; without one, browsers on other machines would keep no session.
    pub secure_cookie: bool,
}

impl Default for SignInSettings {
    fn default() -> Self {
        Self {
            // Nobody is signed out in the middle of a shift.
            idle_minutes: 240,
            session_hours: 12,
            secure_cookie: false,
        }
    }
}

/// A setting is out of bounds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("setting sign_in.{key} must be between 1 and {most}, not {value}")]
pub struct SignInSettingsError {
    /// The key.
    pub key: &'static str,
    /// The largest allowed value.
    pub most: u64,
    /// The value found.
    pub value: u64,
}

impl SignInSettings {
    /// Checks every bound.
    ///
    /// # Errors
    ///
    /// [`SignInSettingsError`], naming the first key out of bounds.
    pub fn check(&self) -> Result<(), SignInSettingsError> {
        for (key, value, most) in [
            ("idle_minutes", self.idle_minutes, 10_080),
            ("session_hours", self.session_hours, 168),
        ] {
            if !(1..=most).contains(&value) {
                return Err(SignInSettingsError { key, most, value });
            }
        }
        Ok(())
    }

    pub(super) fn idle_ms(&self) -> u64 {
        self.idle_minutes * 60_000
    }

    pub(super) fn session_ms(&self) -> u64 {
        self.session_hours * 3_600_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_that_never_idles_or_never_lasts_is_refused() {
        assert!(SignInSettings::default().check().is_ok());
        for (idle_minutes, session_hours) in [(0, 12), (240, 0), (10_081, 12), (240, 169)] {
            let settings = SignInSettings {
                idle_minutes,
                session_hours,
                secure_cookie: true,
            };
            assert!(settings.check().is_err(), "{settings:?}");
        }
    }
}
