//! Lower-case hexadecimal for fixed-size byte strings.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

/// Why a text is not the hexadecimal form of a key, digest or signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HexError {
    /// The text has another length than `expected` characters.
    #[error("expected {expected} hexadecimal characters, found {found}")]
    Length {
        /// Characters that the form has.
        expected: usize,
        /// Characters found.
        found: usize,
    },
    /// A character is not a hexadecimal digit.
    #[error("character {position} is not a hexadecimal digit")]
    Character {
        /// Position, counted from 1.
        position: usize,
    },
}

/// The text of some bytes.
pub fn encode(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

/// The bytes of a text; letters may be of either case.
///
/// # Errors
///
/// [`HexError`].
pub fn decode<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    let expected = N * 2;
    if text.len() != expected {
        return Err(HexError::Length {
            expected,
            found: text.len(),
        });
    }
    let mut bytes = [0; N];
    HEXLOWER_PERMISSIVE
        .decode_mut(text.as_bytes(), &mut bytes)
        .map_err(|error| HexError::Character {
            position: error.error.position + 1,
        })?;
    Ok(bytes)
}

/// Gives a newtype over `[u8; N]` its textual forms: `Display`, `Debug`, `FromStr` and serde strings.
/// The crate that calls it needs `serde`.
#[macro_export]
macro_rules! hexadecimal_text {
    ($name:ident, $size:literal) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&$crate::hexadecimal::encode(&self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "{}({self})", stringify!($name))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::HexError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $crate::hexadecimal::decode::<$size>(text).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text: std::borrow::Cow<'_, str> =
                    serde::Deserialize::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
