//! Intents: what this service means to put on the ledger.

use serde::{Deserialize, Serialize};

/// Where an intent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentState {
    /// Stored, not sent.
    Pending,
    /// Signed and perhaps sent; not known to be final.
    Sent,
    /// In a final block.
    Final,
    /// Refused by the rules, for good.
    Rejected,
}
