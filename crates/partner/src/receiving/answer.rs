//! Checks of deliveries as they are asked for and shown.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::operation::receipt::ReceiptBody;

/// What was scanned of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptCheckBody {
    /// SSCC of a unit in the shipment: 18 digits, or what a scanner read.
    #[serde(default)]
    pub sscc: Option<String>,
    /// The shipment, in hexadecimal.
    #[serde(default)]
    pub shipment: Option<String>,
    /// What a scanner read from packs and units that are there and whole, in any GS1 form. A unit stands for
    /// everything in it.
    #[serde(default)]
    pub codes: Vec<String>,
    /// The same of those that are damaged.
    #[serde(default)]
    pub damaged: Vec<String>,
}

/// Packs counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TickedAnswer {
    /// On record in the shipment.
    pub expected: u64,
    /// Scanned, by themselves or with a unit.
    pub ticked: u64,
    /// Scanned as damaged.
    pub damaged: u64,
    /// Scanned, with a label that says otherwise than the record: to be put aside, and not received.
    pub mismatched: u64,
    /// None of these.
    pub missing: u64,
}

/// Packs of one batch counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TickedLotAnswer {
    /// The product.
    pub gtin: String,
    /// The batch.
    pub lot: String,
    /// Its packs.
    #[serde(flatten)]
    pub packs: TickedAnswer,
}

/// A unit of the shipment and the packs in it, at any depth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TickedUnitAnswer {
    /// Its number.
    pub sscc: String,
    /// The unit that it is directly in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inside: Option<String>,
    /// `ticked`, `partly`, `damaged` or `missing`.
    #[schema(example = "ticked")]
    pub state: String,
    /// Its packs.
    #[serde(flatten)]
    pub packs: TickedAnswer,
}

/// Something that was scanned and is not in the shipment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnexpectedAnswer {
    /// Where in the request: `codes[3]`.
    pub at: String,
    /// `over`, `product_without_data`, `already_yours` or `unreadable`.
    #[schema(example = "over")]
    pub kind: String,
    /// What is known of it.
    pub detail: String,
    /// What to tell about the scanner.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// A delivery, checked. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceiptCheckAnswer {
    /// The shipment.
    pub shipment: String,
    /// Whether exactly what is on record was scanned, and nothing damaged.
    pub is_complete: bool,
    /// All packs.
    pub packs: TickedAnswer,
    /// By batch.
    pub lots: Vec<TickedLotAnswer>,
    /// By unit, parents before children.
    pub units: Vec<TickedUnitAnswer>,
    /// What was scanned and is not in it.
    pub unexpected: Vec<UnexpectedAnswer>,
    /// What says all this with one signature: the body for `POST /api/v1/receipts`.
    pub receipt: ReceiptBody,
}
