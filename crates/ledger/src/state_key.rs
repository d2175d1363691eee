//! Keys of the state tree: digests of tagged names. Nothing else makes a key.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::{Digest, PublicKey};
use theriac_gs1::{Gtin, Lot, Sscc};

use crate::encoding::digest_of;
use crate::identifier::{AccountId, ChangeId, OrganisationId, RunId, ShipmentId};
use crate::record::PrefixBucket;

/// A key of the state tree.
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
pub struct StateKey(pub Digest);

impl StateKey {
    /// An organisation: `digest("key/organisation", id)`.
    pub fn organisation(id: &OrganisationId) -> Self {
        Self(digest_of("key/organisation", id))
    }

    /// An account.
    pub fn account(id: &AccountId) -> Self {
        Self(digest_of("key/account", id))
    }

    /// A key record.
    pub fn key(key: &PublicKey) -> Self {
        Self(digest_of("key/key", key))
    }

    /// A product.
    pub fn product(gtin: &Gtin) -> Self {
        Self(digest_of("key/product", gtin))
    }

    /// A lot: over (gtin, lot).
    pub fn lot(gtin: &Gtin, lot: &Lot) -> Self {
        Self(digest_of("key/lot", &(gtin, lot)))
    }

    /// A run.
    pub fn run(run: &RunId) -> Self {
        Self(digest_of("key/run", run))
    }

    /// A chunk: over (run, chunk number u32).
    pub fn chunk(run: &RunId, number: u32) -> Self {
        Self(digest_of("key/chunk", &(run, number)))
    }

    /// A handling unit.
    pub fn unit(sscc: &Sscc) -> Self {
        Self(digest_of("key/unit", sscc))
    }

    /// A shipment.
    pub fn shipment(id: &ShipmentId) -> Self {
        Self(digest_of("key/shipment", id))
    }

    /// A change.
    pub fn change(id: &ChangeId) -> Self {
        Self(digest_of("key/change", id))
    }

    /// Where a validator is found.
    pub fn seat(validator: &PublicKey) -> Self {
        Self(digest_of("key/seat", validator))
    }

    /// Company prefixes that begin with the same four digits.
    pub fn prefixes(bucket: &PrefixBucket) -> Self {
        Self(digest_of("key/prefixes", bucket))
    }

    /// The validator set in force.
    pub fn validators() -> Self {
        Self(digest_of("key/validators", &()))
    }

    /// The parameters in force.
    pub fn parameters() -> Self {
        Self(digest_of("key/parameters", &()))
    }
}
