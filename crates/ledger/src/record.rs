//! Records of the state. Every record has two halves: the public one can be opened by a proof,
//! the private one is known to members. One file per record.

use borsh::{BorshDeserialize, BorshSerialize};
use theriac_crypto::{Digest, Digester, digest};

use crate::encoding::{DecodeError, decode, encode};
use crate::identifier::{Height, TransactionId};

mod account;
mod change;
mod chunk;
mod handling_unit;
mod key;
mod lot;
mod organisation;
mod parameters;
mod prefixes;
mod product;
mod run;
mod seat;
mod shipment;
mod validators;

pub use account::{Account, AccountPrivate, AccountState, Place};
pub use change::{Approval, ChangeAuthority, ChangePublic, ChangeRecord, ChangeState};
pub use chunk::{
    Chunk, ChunkTree, EntryPrivate, EntryPublic, PackEntry, PackPlace, PackStatus, chunk_of,
    empty_private_digest,
};
pub use handling_unit::{HandlingUnit, HandlingUnitPrivate, LotName, UnitState};
pub use key::{KeyPurpose, KeyRecord, KeyRecordPrivate, KeyRecordPublic};
pub use lot::{LotPrivate, LotPublic, LotRecord, LotState};
pub use organisation::{
    Organisation, OrganisationPrivate, OrganisationPublic, Role, Roles, RolesError, Standing,
};
pub use parameters::{Parameters, ParametersError, ParametersRecord, Voting, VotingRule};
pub use prefixes::{PrefixBucket, Prefixes, PrefixesPrivate};
pub use product::{Product, ProductPrivate, ProductPublic};
pub use run::{Run, RunPrivate, RunPublic, identity_leaf, identity_root, sorted_identity_leaves};
pub use seat::SeatRecord;
pub use shipment::{Shipment, ShipmentPrivate, ShipmentState};
pub use validators::ValidatorsRecord;

/// Longest half of a record, in bytes: a unit with 256 lots is the longest.
pub const HALF_BYTES_MAX: usize = 64 * 1024;

/// A record as it is stored: canonical bytes of its two halves, and bytes that the public half
/// already commits to (the entries of a chunk; empty for every other record).
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StoredRecord {
    /// Canonical bytes of the public half.
    pub public: Vec<u8>,
    /// Canonical bytes of the private half; every non-empty one ends in 32 bytes of history.
    pub private: Vec<u8>,
    /// Canonical bytes that the public half commits to.
    pub attached: Vec<u8>,
}

impl StoredRecord {
    /// The value in the state tree: `public half ‖ digest("private", private half)`.
    pub fn tree_value(&self) -> Vec<u8> {
        tree_value(&self.public, &digest("private", &self.private))
    }
}

/// `public half ‖ digest of the private half`: what a proof opens.
pub fn tree_value(public: &[u8], private: &Digest) -> Vec<u8> {
    let mut value = Vec::with_capacity(public.len() + 32);
    value.extend_from_slice(public);
    value.extend_from_slice(private.as_bytes());
    value
}

/// A typed record with a canonical public and private half.
pub trait Record: Sized {
    /// What a proof opens.
    type Public: BorshSerialize + BorshDeserialize;
    /// What members know.
    type Private: BorshSerialize + BorshDeserialize;

    /// Puts the halves together.
    fn from_halves(public: Self::Public, private: Self::Private) -> Self;
    /// Takes them apart.
    fn halves(&self) -> (&Self::Public, &Self::Private);

    /// The stored form.
    fn store(&self) -> StoredRecord {
        let (public, private) = self.halves();
        StoredRecord {
            public: encode(public),
            private: encode(private),
            attached: Vec::new(),
        }
    }

    /// Reads the stored form.
    fn load(stored: &StoredRecord) -> Result<Self, DecodeError> {
        Ok(Self::from_halves(
            decode(&stored.public, HALF_BYTES_MAX)?,
            decode(&stored.private, HALF_BYTES_MAX)?,
        ))
    }
}

/// The chain of digests over the transactions that wrote a record.
///
/// `next = digest("history", previous ‖ height u64 LE ‖ index in block u32 LE ‖ TransactionId)`,
/// starting from the genesis salt, so that it blinds the half it ends.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(transparent)]
pub struct History(pub Digest);

impl History {
    /// The history after one more transaction.
    #[must_use]
    pub fn next(&self, height: Height, index: u32, id: &TransactionId) -> Self {
        Self(
            Digester::new("history")
                .chain(self.0.as_bytes())
                .chain(&height.to_le_bytes())
                .chain(&index.to_le_bytes())
                .chain(id.0.as_bytes())
                .finish(),
        )
    }
}

/// Implements [`Record`] for a struct with fields `public` and `private`.
macro_rules! record {
    ($record:ty, $public:ty, $private:ty) => {
        impl $crate::record::Record for $record {
            type Public = $public;
            type Private = $private;

            fn from_halves(public: $public, private: $private) -> Self {
                Self { public, private }
            }

            fn halves(&self) -> (&$public, &$private) {
                (&self.public, &self.private)
            }
        }
    };
}
pub(crate) use record;
