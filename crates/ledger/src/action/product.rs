//! Master data.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_gs1::Gtin;

use crate::constants::{COUNTRIES_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX};
use crate::encoding::{BoundedList, BoundedText, invalid};

/// A country: ISO 3166-1 alpha-2, two upper-case letters.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, Serialize, Deserialize,
)]
#[serde(into = "String", try_from = "String")]
pub struct Country([u8; 2]);

/// A text is not a country code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a country is two upper-case letters (ISO 3166-1 alpha-2)")]
pub struct CountryError;

impl Country {
    /// Reads two upper-case letters.
    pub fn parse(text: &str) -> Result<Self, CountryError> {
        let bytes: [u8; 2] = text.as_bytes().try_into().map_err(|_| CountryError)?;
        if bytes.iter().all(u8::is_ascii_uppercase) {
            Ok(Self(bytes))
        } else {
            Err(CountryError)
        }
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("two upper-case letters are ASCII")
    }
}

impl std::fmt::Display for Country {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl std::fmt::Debug for Country {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Country({self})")
    }
}

impl std::str::FromStr for Country {
    type Err = CountryError;

    fn from_str(text: &str) -> Result<Self, CountryError> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Country {
    type Error = CountryError;

    fn try_from(text: String) -> Result<Self, CountryError> {
        Self::parse(&text)
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.as_str().to_owned()
    }
}

impl BorshDeserialize for Country {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let bytes = <[u8; 2]>::deserialize_reader(reader)?;
        Self::parse(std::str::from_utf8(&bytes).map_err(invalid)?).map_err(invalid)
    }
}

/// Temperatures between which a product is stored, in tenths of a degree Celsius.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct StorageRange {
    /// Lowest, in 0.1 °C.
    pub celsius_tenths_min: i16,
    /// Highest, in 0.1 °C; not below the lowest.
    pub celsius_tenths_max: i16,
}

/// Registers a product; the signer's organisation becomes its owner.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct RegisterProduct {
    /// The product's GTIN.
    pub gtin: Gtin,
    /// Name on the pack.
    pub name: BoundedText<NAME_BYTES_MAX>,
    /// Strength, such as "500 mg".
    pub strength: BoundedText<TEXT_BYTES_MAX>,
    /// Dosage form, such as "tablet".
    pub form: BoundedText<TEXT_BYTES_MAX>,
    /// Doses in a pack; never zero.
    pub pack_size: u32,
    /// Where it is stored between which temperatures, if that matters.
    pub storage: Option<StorageRange>,
    /// Countries in which it may be supplied: ascending, each once.
    pub markets: BoundedList<Country, COUNTRIES_MAX>,
}
