//! Evidence for an answer: all that a stranger needs to check it without the server that gave it.
//!
//! A bundle holds what was asked, a block header with the validators' signatures, the steps by
//! which trust in genesis reaches those validators, and the records that answer the question, each
//! proved under the header's `state_root`. It shows public halves only: no holder, no partner; of
//! other packs of a run at most two neighbouring pack keys.
//!
//! Entry points: [`EvidenceBundle::decode`], [`EvidenceBundle::from_json`], and
//! [`check`](fn@crate::check::check).

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::Digest;
use theriac_gs1::{CalendarDate, Gtin, Lot, ScannedCode, SerialNumber};
use theriac_ledger::block::Header;
use theriac_ledger::constants::LOT_RUNS_MAX;
use theriac_ledger::encoding::{BoundedList, DecodeError, decode, encode};
use theriac_ledger::record::{
    EntryPublic, LotPublic, OrganisationPublic, ProductPublic, RunPublic,
};
use theriac_ledger::validator::ValidatorSet;

use crate::CommitCertificate;
use crate::identity::{IdentityAbsence, IdentityProof};
use crate::state::StateProof;

/// Version of the layout.
pub const EVIDENCE_VERSION: u16 = 1;

/// Longest bundle: 64 runs of absence, 64 validators and some changes of their set.
pub const EVIDENCE_BYTES_MAX: usize = 512 * 1024;

/// Longest JSON form: hexadecimal doubles, and every field has a name.
pub const EVIDENCE_JSON_BYTES_MAX: usize = 4 * EVIDENCE_BYTES_MAX;

/// Changes of the validator set that one bundle leads over.
pub const STEPS_MAX: usize = 64;

const RUNS_MAX: usize = LOT_RUNS_MAX as usize;

/// Levels of a chunk's tree: 128 leaves.
const CHUNK_LEVELS: usize = 7;

/// What a code says: what the evidence is about.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The product.
    pub gtin: Gtin,
    /// Lot as read.
    pub lot: Option<Lot>,
    /// Serial as read; without it the question is about the lot.
    pub serial: Option<SerialNumber>,
    /// Last day of use as read.
    pub expiry: Option<CalendarDate>,
}

impl Question {
    /// What a scanned code asks; none where it names no product.
    pub fn of(code: &ScannedCode) -> Option<Self> {
        Some(Self {
            gtin: code.gtin?,
            lot: code.lot,
            serial: code.serial,
            expiry: code.expiry.map(|expiry| expiry.date),
        })
    }
}

impl std::fmt::Display for Question {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "(01){}", self.gtin)?;
        if let Some(expiry) = self.expiry {
            let (year, month, day) = (expiry.year() % 100, expiry.month(), expiry.day());
            write!(formatter, "(17){year:02}{month:02}{day:02}")?;
        }
        if let Some(lot) = self.lot {
            write!(formatter, "(10){lot}")?;
        }
        if let Some(serial) = self.serial {
            write!(formatter, "(21){serial}")?;
        }
        Ok(())
    }
}

/// A header and the signatures that make it final.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct CertifiedHeader {
    /// The header.
    pub header: Header,
    /// Precommits of more than two thirds of the set that signs its height.
    pub certificate: CommitCertificate,
    /// That set, where it is another than the one trusted so far: a jump over its changes.
    pub signers: Option<ValidatorSet>,
}

/// A header that announces another validator set.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct ValidatorStep {
    /// The header and its signatures.
    pub head: CertifiedHeader,
    /// The set of its `next_validators`.
    pub next: ValidatorSet,
}

/// A record's public half, opened by a proof.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Opened<T> {
    /// The public half.
    pub public: T,
    /// Digest of the private half.
    pub private: Digest,
    /// Its path in the state tree.
    pub proof: StateProof,
}

/// The absence of a pack in one run.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunAbsence {
    /// The run.
    pub run: Opened<RunPublic>,
    /// Between which keys of the run the pack's key would stand.
    pub absence: IdentityAbsence,
}

/// What is on record of a pack.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum EntryEvidence {
    /// Nothing has happened to any pack of its chunk: it is active since it was commissioned.
    Untouched {
        /// The absence of the chunk.
        chunk: StateProof,
    },
    /// Its entry in its chunk.
    Touched {
        /// Root over the entries of the chunk: its public half.
        root: Digest,
        /// The chunk's path in the state tree.
        chunk: StateProof,
        /// Public part of the entry.
        entry: EntryPublic,
        /// Digest of the private part.
        private: Digest,
        /// Siblings from the entry's leaf up to `root`.
        path: BoundedList<Digest, CHUNK_LEVELS>,
    },
}

/// The records that answer a question.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(
    clippy::large_enum_variant,
    reason = "one is made, sent and dropped at a time"
)]
pub enum Finding {
    /// No product has the GTIN.
    NoProduct {
        /// Absence of the product.
        product: StateProof,
    },
    /// The product has no such lot.
    NoLot {
        /// The product.
        product: Opened<ProductPublic>,
        /// Absence of the lot.
        lot: StateProof,
    },
    /// No pack of the lot has the serial.
    NoPack {
        /// The product.
        product: Opened<ProductPublic>,
        /// The lot.
        lot: Opened<LotPublic>,
        /// Every run of the lot, in order of their numbers.
        runs: BoundedList<RunAbsence, RUNS_MAX>,
    },
    /// The lot that a code without serial names.
    Lot {
        /// The product.
        product: Opened<ProductPublic>,
        /// The organisation that made the lot.
        maker: Opened<OrganisationPublic>,
        /// The lot.
        lot: Opened<LotPublic>,
    },
    /// The pack, in the lot in which it is on record.
    Pack(Box<PackEvidence>),
}

/// The records of one pack.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackEvidence {
    /// The product.
    pub product: Opened<ProductPublic>,
    /// The organisation that made the lot.
    pub maker: Opened<OrganisationPublic>,
    /// Name of the lot.
    pub lot_name: Lot,
    /// The lot.
    pub lot: Opened<LotPublic>,
    /// Number of the run in the lot.
    pub run_number: u16,
    /// The run.
    pub run: Opened<RunPublic>,
    /// The pack's key in the run.
    pub identity: IdentityProof,
    /// The pack's state.
    pub entry: EntryEvidence,
}

/// Evidence for an answer.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceBundle {
    /// [`EVIDENCE_VERSION`].
    pub version: u16,
    /// What was asked.
    pub question: Question,
    /// Changes of the validator set from the trusted one on, in order.
    pub steps: BoundedList<ValidatorStep, STEPS_MAX>,
    /// The block in whose state the records are.
    pub head: CertifiedHeader,
    /// The records.
    pub finding: Finding,
}

/// Why a text is not a bundle.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// More bytes than a bundle has.
    #[error("{found} bytes are more than the {EVIDENCE_JSON_BYTES_MAX} that evidence has at most")]
    TooLong {
        /// Bytes found.
        found: usize,
    },
    /// Another form.
    #[error("the text is not evidence")]
    Malformed(#[from] serde_json::Error),
    /// Fields that evidence does not have, or values in another form than its own.
    #[error("the text holds more than evidence, or values in another form")]
    OtherForm,
    /// Values that have no canonical bytes.
    #[error("the evidence has no canonical bytes")]
    NotCanonical(#[from] DecodeError),
}

impl EvidenceBundle {
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads canonical bytes, at most [`EVIDENCE_BYTES_MAX`].
    ///
    /// # Errors
    ///
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode(bytes, EVIDENCE_BYTES_MAX)
    }

    /// Reads the JSON form, at most [`EVIDENCE_JSON_BYTES_MAX`].
    ///
    /// # Errors
    ///
    /// [`JsonError`].
    pub fn from_json(text: &[u8]) -> Result<Self, JsonError> {
        if text.len() > EVIDENCE_JSON_BYTES_MAX {
            return Err(JsonError::TooLong { found: text.len() });
        }
        let bundle: Self = serde_json::from_slice(text)?;
        let value: serde_json::Value = serde_json::from_slice(text)?;
        if serde_json::to_value(&bundle)? != value {
            return Err(JsonError::OtherForm);
        }
        Ok(Self::decode(&bundle.encode())?)
    }
}
