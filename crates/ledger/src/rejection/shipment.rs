//! Rejections by the shipment or its parties.

use crate::identifier::{AccountId, ShipmentId};

/// The shipment stands against it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShipmentRejection {
    /// No such shipment.
    #[error("shipment {shipment} does not exist")]
    Unknown {
        /// The shipment.
        shipment: ShipmentId,
    },
    /// Received, rejected or cancelled before.
    #[error("shipment {shipment} is already received, rejected or cancelled")]
    Resolved {
        /// The shipment.
        shipment: ShipmentId,
    },
    /// Addressed to another account.
    #[error("shipment {shipment} is not addressed to your account")]
    NotAddressee {
        /// The shipment.
        shipment: ShipmentId,
    },
    /// Sent by another account.
    #[error("shipment {shipment} was not sent by your account")]
    NotSender {
        /// The shipment.
        shipment: ShipmentId,
    },
    /// No such addressee.
    #[error("account {account} does not exist")]
    UnknownAddressee {
        /// The addressee.
        account: AccountId,
    },
    /// The addressee is the sender.
    #[error("the shipment is addressed to the account that sends it")]
    ToSelf,
    /// The addressee's account is closed, or its organisation suspended.
    #[error("account {account} cannot receive: it is closed or its organisation is suspended")]
    AddresseeInactive {
        /// The addressee.
        account: AccountId,
    },
    /// The addressee has no role for goods sent for this purpose.
    #[error("account {account} has no role that may receive goods for this purpose")]
    AddresseeRole {
        /// The addressee.
        account: AccountId,
    },
}

impl ShipmentRejection {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown_shipment",
            Self::Resolved { .. } => "shipment_resolved",
            Self::NotAddressee { .. } => "not_addressee",
            Self::NotSender { .. } => "not_sender",
            Self::UnknownAddressee { .. } => "unknown_addressee",
            Self::ToSelf => "ship_to_self",
            Self::AddresseeInactive { .. } => "addressee_inactive",
            Self::AddresseeRole { .. } => "addressee_role",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "check the shipment's id",
            Self::Resolved { .. } => {
                "nothing is left to do for this shipment; see who holds the goods"
            }
            Self::NotAddressee { .. } => "only the addressee may receive or reject a shipment",
            Self::NotSender { .. } => "only the sender may cancel a shipment",
            Self::UnknownAddressee { .. } => "check the addressee's account",
            Self::ToSelf => "name the account of another organisation or of other premises",
            Self::AddresseeInactive { .. } => "ask the addressee for an account in use",
            Self::AddresseeRole { .. } => {
                "supply and returns go to accounts that may hold medicine, destruction to the role disposal"
            }
        }
    }
}
