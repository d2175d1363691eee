//! Verifications as they are asked for and shown, and why packs are refused.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::exception::Kind;

/// What was scanned of a return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerificationBody {
    /// What a scanner read from packs, in any GS1 form.
    #[serde(default)]
    pub codes: Vec<String>,
    /// What a scanner read from units whose seal is whole and which hold one batch: each stands for every pack in it.
    #[serde(default)]
    pub sealed_units: Vec<String>,
}

/// What was found of one code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckedAnswer {
    /// Where in the request: `codes[3]`.
    pub at: String,
    /// `verified` or `refused`.
    #[schema(example = "verified")]
    pub result: String,
    /// Packs that are saleable now.
    pub packs: u64,
    /// Why it is refused: `unreadable`, `scanner`, `not_known`, `lot_differs`, `expiry_differs`, `blocked` (another scan
    /// of it did not agree), `not_in_return`, `not_held`, `not_active`, `recalled`, `expired` or `not_homogeneous`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What to tell about the scanner.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// What was found of a return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VerificationAnswer {
    /// The return.
    pub shipment: String,
    /// Packs of it that wait to be verified still.
    pub waiting: u64,
    /// Each code.
    pub checked: Vec<CheckedAnswer>,
    /// The case that was begun with whoever sent it back, where codes do not agree with the record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<String>,
}

/// Why packs are not saleable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Unreadable,
    Scanner,
    NotKnown,
    LotDiffers,
    ExpiryDiffers,
    Blocked,
    NotInReturn,
    NotHeld,
    NotActive,
    Recalled,
    Expired,
    NotHomogeneous,
}

impl Reason {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Scanner => "scanner",
            Self::NotKnown => "not_known",
            Self::LotDiffers => "lot_differs",
            Self::ExpiryDiffers => "expiry_differs",
            Self::Blocked => "blocked",
            Self::NotInReturn => "not_in_return",
            Self::NotHeld => "not_held",
            Self::NotActive => "not_active",
            Self::Recalled => "recalled",
            Self::Expired => "expired",
            Self::NotHomogeneous => "not_homogeneous",
        }
    }

    /// What is wrong between the pack and the record, that whoever sent it back must hear of.
    pub(super) fn exception(self) -> Option<Kind> {
        match self {
            Self::NotKnown => Some(Kind::Suspect),
            Self::LotDiffers | Self::ExpiryDiffers => Some(Kind::Mismatch),
            _ => None,
        }
    }

    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Unreadable | Self::Scanner => "scan again",
            Self::NotKnown | Self::LotDiffers | Self::ExpiryDiffers | Self::Blocked => {
                "keep the pack apart; quarantine what is on record under its serial number: POST /api/v1/locks"
            }
            Self::NotInReturn => {
                "book in the delivery it came with, or report it: POST /api/v1/exceptions"
            }
            Self::NotHeld => "ask whoever sent it",
            Self::NotActive | Self::Recalled | Self::Expired => {
                "send it back or have it destroyed: it is not sold again"
            }
            Self::NotHomogeneous => "scan the packs in it",
        }
    }
}
