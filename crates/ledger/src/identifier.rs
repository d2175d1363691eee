//! Names of things on the ledger that are not GS1 identifiers.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::{Digest, Digester, hexadecimal_text};
use theriac_gs1::{Gtin, Lot, SerialNumber};

macro_rules! digest_identifier {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize,
            BorshDeserialize, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Digest);

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl std::str::FromStr for $name {
            type Err = theriac_crypto::HexError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    };
}

digest_identifier!(
    /// Names a chain: `digest("genesis", borsh(anchor))`.
    ChainId
);
digest_identifier!(
    /// Names an organisation: 32 random bytes.
    OrganisationId
);
digest_identifier!(
    /// Names an account, which holds custody: 32 random bytes, one for each organisation at each premises.
    AccountId
);
digest_identifier!(
    /// Names a transaction: `digest("transaction", chain_id ‖ borsh(Transaction))`.
    TransactionId
);
digest_identifier!(
    /// Names a block: `digest("block", borsh(Header))`.
    BlockDigest
);
digest_identifier!(
    /// Names a shipment: the id of the transaction that shipped it, or that of a rest shipment.
    ShipmentId
);

digest_identifier!(
    /// Names a change: the id of the transaction that proposed it.
    ChangeId
);

impl ChangeId {
    /// The change that a `ProposeChange` opens.
    pub fn of_proposal(id: &TransactionId) -> Self {
        Self(id.0)
    }
}

impl ShipmentId {
    /// The shipment that a `Ship` opens.
    pub fn of_ship(id: &TransactionId) -> Self {
        Self(id.0)
    }

    /// The rest shipment that a `Receive` with exceptions opens: `digest("rest", TransactionId)`.
    pub fn of_rest(id: &TransactionId) -> Self {
        Self(theriac_crypto::digest("rest", id.0.as_bytes()))
    }
}

/// Block height; the first block after genesis is 1.
pub type Height = u64;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

impl Timestamp {
    /// The calendar date in UTC on which this instant falls, as days since 1970-01-01.
    pub fn days_since_epoch(self) -> i64 {
        i64::try_from(self.0 / DAY_MS).unwrap_or(i64::MAX)
    }

    /// The calendar year in UTC in which this instant falls; the last representable one if that is
    /// earlier.
    pub fn year(self) -> u16 {
        u16::try_from(self.date().0).unwrap_or(u16::MAX)
    }

    /// Year, month and day in UTC.
    fn date(self) -> (u64, u64, u64) {
        // Years start in March so that the leap day is the last of the year; an era is 400 years.
        let shifted = self.0 / DAY_MS + 719_468;
        let day_of_era = shifted % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = (month_from_march + 2) % 12 + 1;
        let year = shifted / 146_097 * 400 + year_of_era + u64::from(month <= 2);
        (year, month, day)
    }

    /// Milliseconds from `earlier` to this instant; zero where it is not earlier.
    pub fn milliseconds_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }

    /// This instant plus `ms`, or the last representable one.
    #[must_use]
    pub fn saturating_add(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

impl std::fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (year, month, day) = self.date();
        let rest = self.0 % DAY_MS;
        let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
        let (second, ms) = (rest / 1_000 % 60, rest % 1_000);
        write!(
            formatter,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z"
        )
    }
}

/// Identity of one pack: the first 16 bytes of `digest("pack", gtin ‖ serial)`, the GTIN as 14 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct PackKey(pub [u8; 16]);

impl PackKey {
    /// The key of (gtin, serial).
    pub fn new(gtin: &Gtin, serial: &SerialNumber) -> Self {
        let full = Digester::new("pack")
            .chain(gtin.as_str().as_bytes())
            .chain(serial.as_str().as_bytes())
            .finish();
        let mut key = [0; 16];
        key.copy_from_slice(&full.0[..16]);
        Self(key)
    }
}

hexadecimal_text!(PackKey, 16);

/// Names a run of packs: one `CommissionRun` of a lot.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct RunId {
    /// The product.
    pub gtin: Gtin,
    /// The lot.
    pub lot: Lot,
    /// Number of the run in its lot, from zero.
    pub number: u16,
}

impl std::fmt::Display for RunId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { gtin, lot, number } = self;
        write!(formatter, "run {number} of lot {lot} of product {gtin}")
    }
}

/// Where a pack's identity stands: its run and its position in production order, from zero.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct PackLocation {
    /// The run.
    pub run: RunId,
    /// Position, from zero.
    pub position: u32,
}

impl std::fmt::Display for PackLocation {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "pack {} of {}", self.position, self.run)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_shown_in_utc() {
        let shown = |ms| Timestamp(ms).to_string();
        assert_eq!(shown(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(shown(951_782_399_999), "2000-02-28T23:59:59.999Z");
        assert_eq!(shown(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(shown(1_798_761_600_001), "2027-01-01T00:00:00.001Z");
        assert!(!shown(u64::MAX).is_empty());
    }

    #[test]
    fn a_year_changes_at_midnight_in_utc() {
        let year = |ms| Timestamp(ms).year();
        assert_eq!(year(0), 1970);
        assert_eq!(year(951_782_400_000), 2000);
        assert_eq!(year(1_798_761_599_999), 2026);
        assert_eq!(year(1_798_761_600_000), 2027);
        assert_eq!(year(u64::MAX), u16::MAX);
    }
}
