use std::fmt;

use thiserror::Error;

use crate::digital_link::DigitalLinkError;
use crate::element_string::ElementStringError;
use crate::epc_urn::EpcUrnError;
use crate::error::{DateError, IdentifierError};
use crate::scan::hint::ScanHint;

/// Why a code was refused, and what may have gone wrong before it came here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanError {
    /// The rule that is broken.
    pub reason: ScanReason,
    /// What the text looks like, when it looks like a scanner or keyboard set wrong.
    pub hint: Option<ScanHint>,
}

/// The rule that a code breaks.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ScanReason {
    /// There is no text.
    #[error("there is no code")]
    Empty,
    /// More than any carrier holds.
    #[error("the code has more than {most} characters, more than any carrier holds")]
    TooLong {
        /// The most characters.
        most: usize,
    },
    /// The carrier is one that holds no GS1 data, or is not supported.
    #[error("carriers with the symbology identifier {prefix:?} are not read")]
    Symbology {
        /// The symbology identifier found.
        prefix: String,
    },
    /// The text has none of the forms.
    #[error("the text is no element string, link, EPC URN, GTIN or SSCC")]
    Form,
    /// An element string was refused.
    #[error(transparent)]
    Elements(ElementStringError),
    /// A Digital Link URI was refused.
    #[error(transparent)]
    Link(DigitalLinkError),
    /// An EPC URN was refused.
    #[error(transparent)]
    Urn(EpcUrnError),
    /// An identifier was refused.
    #[error(transparent)]
    Identifier(IdentifierError),
    /// A date was refused.
    #[error(transparent)]
    Date(DateError),
    /// A count was refused.
    #[error("the count {found:?} is not a number")]
    Count {
        /// The value found.
        found: String,
    },
}

impl std::error::Error for ScanError {}

impl fmt::Display for ScanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hint {
            None => self.reason.fmt(f),
            Some(hint) => write!(f, "{}; {hint}", self.reason),
        }
    }
}
