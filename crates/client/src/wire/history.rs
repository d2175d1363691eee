//! Histories of packs. What is answered is a [`theriac_proof::history::HistoryBundle`].

use serde::{Deserialize, Serialize};
use theriac_gs1::{Gtin, SerialNumber, UriPart, percent_encode};

/// Query of `GET /v1/history`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    /// The product.
    pub gtin: Gtin,
    /// The pack's serial number.
    pub serial: SerialNumber,
}

impl HistoryQuery {
    /// The path at which a node serves the history, percent-encoded.
    pub fn path(&self) -> String {
        let serial = percent_encode(self.serial.as_str(), UriPart::Query);
        format!("/v1/history?gtin={}&serial={serial}", self.gtin)
    }
}
