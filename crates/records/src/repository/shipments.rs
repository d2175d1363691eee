//! Shipments.

use serde::{Deserialize, Serialize};

/// What became of a shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShipmentOutcome {
    /// On its way: the sender still has custody.
    Open,
    /// The addressee has taken custody.
    Received,
    /// The addressee has refused it: it is the sender's again.
    Rejected,
    /// The sender has taken it back.
    Cancelled,
}
