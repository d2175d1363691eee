//! Shipments.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use super::{History, record};
use crate::action::Purpose;
use crate::identifier::AccountId;

/// State of a shipment.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ShipmentState {
    /// On its way: the sender still has custody.
    Open,
    /// Received, rejected or cancelled: what still names it is held by this account. Never written
    /// again.
    Resolved(AccountId),
}

/// A shipment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shipment {
    /// Nothing of a shipment is public.
    pub public: (),
    /// Private half.
    pub private: ShipmentPrivate,
}

/// What members know of a shipment.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ShipmentPrivate {
    /// The sender.
    pub from: AccountId,
    /// The addressee.
    pub to: AccountId,
    /// Why it was sent.
    pub purpose: Purpose,
    /// Open or resolved.
    pub state: ShipmentState,
    /// History.
    pub history: History,
}

record!(Shipment, (), ShipmentPrivate);
