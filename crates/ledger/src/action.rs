//! What a transaction asks for. One file per group of actions; one number per kind, for ever.

use borsh::{BorshDeserialize, BorshSerialize};
use theriac_crypto::Digest;

use crate::constants::TRANSACTION_BYTES_MAX;
use crate::encoding::{BoundedBytes, DecodeError, decode, encode};

mod custody;
mod evidence;
mod grouping;
mod kind;
mod lot;
mod membership;
mod product;
mod status;

pub use custody::{
    CancelShipment, Purpose, Receive, ReceiveException, ReceiveExceptionReason, Reject,
    RejectReason, Ship,
};
pub use evidence::{AnchorDigest, AnchorKind};
pub use grouping::{Pack, Unpack, UnpackContents};
pub use kind::ActionKind;
pub use lot::{CloseLot, CommissionRun, RecallClass, RecallLot};
pub use membership::{ApproveChange, EnactChange, ProposeChange, WithdrawChange};
pub use product::{Country, CountryError, RegisterProduct, StorageRange};
pub use status::{
    Decommission, DecommissionReason, Dispense, Lock, LockReason, Reactivate, ReactivateReason,
    Unlock,
};

/// An action as it travels: a kind and a body that is read only when the kind is enabled.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Action {
    /// The number of the kind; see [`ActionKind`].
    pub kind: u16,
    /// The canonical bytes of the kind's own layout.
    pub body: BoundedBytes<TRANSACTION_BYTES_MAX>,
}

/// An enabled action, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionBody {
    /// Registers a product.
    RegisterProduct(RegisterProduct),
    /// Brings packs into being.
    CommissionRun(CommissionRun),
    /// Ends a lot: no more runs.
    CloseLot(CloseLot),
    /// Recalls a lot for good.
    RecallLot(RecallLot),
    /// Puts packs and units into a unit.
    Pack(Pack),
    /// Takes packs and units out of a unit.
    Unpack(Unpack),
    /// Sends packs and units to another account.
    Ship(Ship),
    /// Takes a shipment back before it is received.
    CancelShipment(CancelShipment),
    /// Takes custody of a shipment.
    Receive(Receive),
    /// Refuses a shipment.
    Reject(Reject),
    /// Supplies packs to patients.
    Dispense(Dispense),
    /// Undoes a dispensing, or reports missing packs as found.
    Reactivate(Reactivate),
    /// Quarantines packs.
    Lock(Lock),
    /// Ends a quarantine.
    Unlock(Unlock),
    /// Takes packs out of supply.
    Decommission(Decommission),
    /// Puts a digest on record.
    AnchorDigest(AnchorDigest),
    /// Proposes a change of membership or parameters.
    ProposeChange(ProposeChange),
    /// Approves a change.
    ApproveChange(ApproveChange),
    /// Puts a change into force.
    EnactChange(EnactChange),
    /// Takes a change back.
    WithdrawChange(WithdrawChange),
}

/// Why an action does not decode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// The kind, or a part of the body, is reserved for a later version.
    #[error("{kind} is reserved and not enabled in this version")]
    NotEnabled {
        /// Name of the reserved kind or reason.
        kind: &'static str,
    },
    /// No kind has this number.
    #[error("no action has kind {kind}")]
    UnknownKind {
        /// The number.
        kind: u16,
    },
    /// The body does not decode.
    #[error("the body of {kind} is refused")]
    Body {
        /// Name of the kind.
        kind: &'static str,
        /// Why.
        source: DecodeError,
    },
}

macro_rules! action_bodies {
    ($($kind:ident),+ $(,)?) => {
        impl ActionBody {
            /// The kind of this action.
            pub fn kind(&self) -> ActionKind {
                match self {
                    $(Self::$kind(_) => ActionKind::$kind,)+
                }
            }

            /// The form that travels; fails where the body is over the bound.
            pub fn to_action(&self) -> Result<Action, crate::encoding::TooManyItems> {
                let body = match self {
                    $(Self::$kind(body) => encode(body),)+
                };
                Ok(Action { kind: self.kind().number(), body: BoundedBytes::new(body)? })
            }
        }

        impl Action {
            /// Decodes the body strictly. A reserved kind answers `NotEnabled` with its body unread.
            pub fn decode(&self) -> Result<ActionBody, ActionError> {
                let kind = ActionKind::from_number(self.kind)
                    .ok_or(ActionError::UnknownKind { kind: self.kind })?;
                match kind {
                    $(ActionKind::$kind => decode(&self.body, TRANSACTION_BYTES_MAX)
                        .map(ActionBody::$kind)
                        .map_err(|source| ActionError::Body { kind: kind.name(), source }),)+
                    reserved => Err(ActionError::NotEnabled { kind: reserved.name() }),
                }
            }
        }

        $(impl From<$kind> for ActionBody {
            fn from(body: $kind) -> Self {
                Self::$kind(body)
            }
        })+
    };
}

action_bodies!(
    RegisterProduct,
    CommissionRun,
    CloseLot,
    RecallLot,
    Pack,
    Unpack,
    Ship,
    CancelShipment,
    Receive,
    Reject,
    Dispense,
    Reactivate,
    Lock,
    Unlock,
    Decommission,
    AnchorDigest,
    ProposeChange,
    ApproveChange,
    EnactChange,
    WithdrawChange,
);

/// The digest of a document or event that the ledger does not hold.
pub type DocumentDigest = Digest;
