//! Hand-overs: custody passes when the addressee signs, never before.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_gs1::Sscc;

use crate::constants::{ACTION_EXCEPTIONS_MAX, ACTION_UNITS_MAX};
use crate::encoding::BoundedList;
use crate::identifier::{AccountId, ShipmentId};
use crate::pack_set::PackSets;

/// Why goods are sent.
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
pub enum Purpose {
    /// Towards the patient.
    Supply = 0,
    /// Back.
    Return = 1,
    /// To be destroyed.
    Destruction = 2,
}

/// Opens a shipment to one addressee. The sender keeps custody until the addressee signs.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Ship {
    /// The addressee.
    pub to: AccountId,
    /// Why.
    pub purpose: Purpose,
    /// Packs that the signer holds directly.
    pub packs: PackSets,
    /// Units that the signer holds directly: ascending, each once.
    pub units: BoundedList<Sscc, ACTION_UNITS_MAX>,
}

/// The sender takes an open shipment back.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct CancelShipment {
    /// The shipment.
    pub shipment: ShipmentId,
}

/// Why something of a shipment is not received.
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
pub enum ReceiveExceptionReason {
    /// Announced, not delivered.
    Short = 0,
    /// Delivered damaged.
    Damaged = 1,
    /// Delivered, but not what was ordered or expected.
    Wrong = 2,
    /// Suspected of being falsified.
    Suspect = 3,
}

/// A part of a shipment that is not received.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct ReceiveException {
    /// Packs inside the shipment, at any depth.
    pub packs: PackSets,
    /// Units inside the shipment, at any depth: ascending, each once.
    pub units: BoundedList<Sscc, ACTION_UNITS_MAX>,
    /// Why.
    pub reason: ReceiveExceptionReason,
}

/// The addressee takes custody of an open shipment, whole or except what is named.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Receive {
    /// The shipment.
    pub shipment: ShipmentId,
    /// What is not received goes to a rest shipment between the same parties.
    pub except: BoundedList<ReceiveException, ACTION_EXCEPTIONS_MAX>,
}

/// Why a shipment is refused.
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
pub enum RejectReason {
    /// Never ordered.
    NotOrdered = 0,
    /// Never arrived.
    NotArrived = 1,
    /// Arrived damaged.
    Damaged = 2,
    /// Transport or storage conditions were broken.
    Condition = 3,
    /// Suspected of being falsified.
    Suspect = 4,
    /// Anything else, settled between the parties.
    Other = 5,
}

/// The addressee refuses an open shipment: everything in it is the sender's again.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Reject {
    /// The shipment.
    pub shipment: ShipmentId,
    /// Why.
    pub reason: RejectReason,
}
