//! Everything Theriac knows of GS1, and the only place where GS1 texts are read.
//!
#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod ai;
mod character_set;
mod codec;
mod company_prefix;
mod date;
mod digital_link;
mod digits;
mod element_string;
mod epc_urn;
mod error;
mod gln;
mod gln_extension;
mod gtin;
mod lot;
mod percent;
mod scan;
mod serial_number;
mod short_text;
mod sscc;

pub use ai::{Ai, ValueError, ValueRule};
pub use character_set::is_character_set_82;
pub use company_prefix::CompanyPrefix;
pub use date::{CalendarDate, ExpiryDate};
pub use digital_link::{DigitalLink, DigitalLinkError, DigitalLinkOptions, WordForm};
pub use element_string::{Element, ElementString, ElementStringError, SEPARATOR, UnknownAi};
pub use epc_urn::{EpcUrn, EpcUrnError, PrefixLength};
pub use error::{DateError, IdentifierError, IdentifierKind};
pub use gln::Gln;
pub use gln_extension::GlnExtension;
pub use gtin::Gtin;
pub use lot::Lot;
pub use percent::{UriPart, percent_decode, percent_encode};
pub use scan::{
    CodeForm, Reading, ScanError, ScanHint, ScanOptions, ScanReason, ScannedCode,
    SeparatorSubstitute, Symbology, swap_case,
};
pub use serial_number::SerialNumber;
pub use sscc::Sscc;
