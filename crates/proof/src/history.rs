//! The history of a pack, whole: every transaction that touched it, and the units and shipments it
//! was in while it was inside.
//!
//! Each record of the state ends in a digest over its steps, one for each transaction that wrote
//! it, beginning at the salt of the genesis. A bundle opens these records under one certified
//! header and lists their steps, so that none can be left out, added or changed; of the steps that
//! belong to the pack it holds the transactions, each with its place in its certified block. In
//! which units and shipments the pack was, and from when to when, is not claimed: the check follows
//! the pack through its own transactions ([`walk`]).
//!
//! A bundle is for members: it opens private halves and holds the salt that blinds them.
//!
//! Entry points: [`HistoryBundle::decode`], [`HistoryBundle::from_json`], [`check()`].

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::{Digest, PublicKey};
use theriac_gs1::Sscc;
use theriac_ledger::encoding::{BoundedList, DecodeError, decode, encode};
use theriac_ledger::identifier::{Height, ShipmentId, TransactionId};
use theriac_ledger::record::{
    EntryPrivate, HandlingUnitPrivate, KeyRecordPrivate, KeyRecordPublic, RunPrivate,
    ShipmentPrivate,
};
use theriac_ledger::transaction::SignedTransaction;

use crate::bundle::{CertifiedHeader, EvidenceBundle};
use crate::state::StateProof;

mod blocks;
pub mod check;
mod effect;
mod json;
mod records;
mod replay;
pub mod walk;

pub use check::{HistoryChecked, HistoryEvent, HistoryVerdict, check, check_for};

/// Version of the layout.
pub const HISTORY_VERSION: u16 = 1;

/// Longest bundle: one commissioning of a full run, and some thousand transactions of units that
/// were filled pack by pack.
pub const HISTORY_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Longest JSON form: hexadecimal doubles, and every field has a name.
pub const HISTORY_JSON_BYTES_MAX: usize = 4 * HISTORY_BYTES_MAX;

/// Steps of one record. A unit that is filled one pack at a time has as many as packs.
pub const HISTORY_STEPS_MAX: usize = 16_384;

/// Units, and as many shipments, that a pack was in: ten hand-overs have some dozens.
pub const HISTORY_CARRIERS_MAX: usize = 256;

/// Blocks with transactions of one pack's history: each costs a block to read where the bundle is
/// made, and a certificate where it is checked.
pub const HISTORY_BLOCKS_MAX: usize = 1_024;

/// Transactions of one block in one pack's history.
pub const HISTORY_BLOCK_TRANSACTIONS_MAX: usize = 1_024;

/// Keys that signed them.
pub const HISTORY_SIGNERS_MAX: usize = 256;

/// Levels of the tree over 10,000 transactions, the most that a block holds.
const TRANSACTION_LEVELS_MAX: usize = 14;

/// One step of a record's history: the transaction that wrote it.
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
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Height of its block.
    pub height: Height,
    /// Its index in the block.
    pub index: u32,
    /// Its id.
    pub id: TransactionId,
}

/// When a step was taken: height, then index in the block.
pub type Moment = (Height, u32);

impl Step {
    /// When it was taken.
    pub fn moment(&self) -> Moment {
        (self.height, self.index)
    }
}

/// The steps of one record, oldest first.
pub type Steps = BoundedList<Step, HISTORY_STEPS_MAX>;

/// The run's private half and its one step, the commissioning.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunHistory {
    /// Private half.
    #[serde(with = "json::RunHalf")]
    pub private: RunPrivate,
    /// The commissioning.
    pub step: Step,
}

/// The private part of the pack's entry and its steps after the commissioning.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryHistory {
    /// Private part.
    pub private: EntryPrivate,
    /// Steps, from the run's history on.
    pub steps: Steps,
}

/// A unit that the pack was in.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitHistory {
    /// The unit.
    pub sscc: Sscc,
    /// Private half; nothing of a unit is public.
    #[serde(with = "json::UnitHalf")]
    pub private: HandlingUnitPrivate,
    /// Its path in the state tree.
    pub proof: StateProof,
    /// All its steps, also those of other times.
    pub steps: Steps,
}

/// A shipment that the pack was in.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShipmentHistory {
    /// The shipment.
    pub id: ShipmentId,
    /// Private half; nothing of a shipment is public.
    #[serde(with = "json::ShipmentHalf")]
    pub private: ShipmentPrivate,
    /// Its path in the state tree.
    pub proof: StateProof,
    /// All its steps.
    pub steps: Steps,
}

/// For which account a key signs.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerRecord {
    /// The key.
    pub key: PublicKey,
    /// Public half of its record.
    pub public: KeyRecordPublic,
    /// Private half.
    #[serde(with = "json::KeyHalf")]
    pub private: KeyRecordPrivate,
    /// Its path in the state tree.
    pub proof: StateProof,
}

/// A transaction in its block.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacedTransaction {
    /// Its index.
    pub index: u32,
    /// The transaction; in JSON its canonical bytes, hexadecimal.
    #[serde(with = "json::signed")]
    pub signed: SignedTransaction,
    /// Siblings from its leaf up to `transactions_root`.
    pub path: BoundedList<Digest, TRANSACTION_LEVELS_MAX>,
}

/// A certified header, and transactions of its block.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryBlock {
    /// The header and its signatures.
    pub head: CertifiedHeader,
    /// The transactions, ascending by index.
    pub transactions: BoundedList<PlacedTransaction, HISTORY_BLOCK_TRANSACTIONS_MAX>,
}

/// The history of a pack.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryBundle {
    /// [`HISTORY_VERSION`].
    pub version: u16,
    /// What is on record of the pack, under the head of which everything is proved.
    pub evidence: EvidenceBundle,
    /// The salt of the genesis, from which every history starts.
    pub salt: Digest,
    /// The run.
    pub run: RunHistory,
    /// The pack's entry.
    pub entry: EntryHistory,
    /// Units that the pack was in, ascending.
    pub units: BoundedList<UnitHistory, HISTORY_CARRIERS_MAX>,
    /// Shipments that it was in, ascending by id.
    pub shipments: BoundedList<ShipmentHistory, HISTORY_CARRIERS_MAX>,
    /// Keys that signed the transactions, ascending.
    pub signers: BoundedList<SignerRecord, HISTORY_SIGNERS_MAX>,
    /// Blocks of the transactions, ascending by height.
    pub blocks: BoundedList<HistoryBlock, HISTORY_BLOCKS_MAX>,
}

/// Why a text is not a history bundle.
#[derive(Debug, thiserror::Error)]
pub enum HistoryJsonError {
    /// More bytes than a bundle has.
    #[error("{found} bytes are more than the {HISTORY_JSON_BYTES_MAX} that a history has at most")]
    TooLong {
        /// Bytes found.
        found: usize,
    },
    /// Another form.
    #[error("the text is no history")]
    Malformed(#[from] serde_json::Error),
    /// Values that have no canonical bytes.
    #[error("the history has no canonical bytes")]
    NotCanonical(#[from] DecodeError),
}

impl HistoryBundle {
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads canonical bytes, at most [`HISTORY_BYTES_MAX`].
    ///
    /// # Errors
    ///
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode(bytes, HISTORY_BYTES_MAX)
    }

    /// Reads the JSON form, at most [`HISTORY_JSON_BYTES_MAX`].
    ///
    /// # Errors
    ///
    /// [`HistoryJsonError`].
    pub fn from_json(text: &[u8]) -> Result<Self, HistoryJsonError> {
        if text.len() > HISTORY_JSON_BYTES_MAX {
            return Err(HistoryJsonError::TooLong { found: text.len() });
        }
        let bundle: Self = serde_json::from_slice(text)?;
        Ok(Self::decode(&bundle.encode())?)
    }
}
