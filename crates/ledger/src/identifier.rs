//! Names of things on the ledger that are not GS1 identifiers.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::{Digest, Digester};
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

impl Timestamp {
    /// The calendar date in UTC on which this instant falls, as days since 1970-01-01.
    pub fn days_since_epoch(self) -> i64 {
        const DAY_MS: u64 = 24 * 60 * 60 * 1000;
        i64::try_from(self.0 / DAY_MS).unwrap_or(i64::MAX)
    }

    /// This instant plus `ms`, or the last representable one.
    #[must_use]
    pub fn saturating_add(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
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

impl std::fmt::Debug for PackKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PackKey(")?;
        for byte in self.0 {
            write!(formatter, "{byte:02x}")?;
        }
        formatter.write_str(")")
    }
}

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
