//! Digests on record.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use super::DocumentDigest;

/// What a digest on record stands for.
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
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum AnchorKind {
    /// A document, such as a certificate of analysis.
    Document = 0,
    /// An EPCIS event that changes no custody.
    Event = 1,
    /// An error declaration of an EPCIS event.
    ErrorDeclaration = 2,
    /// The root of an access log.
    AccessLog = 3,
}

/// Puts a digest on record.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct AnchorDigest {
    /// What it stands for.
    pub kind: AnchorKind,
    /// The digest.
    pub digest: DocumentDigest,
}
