//! Why the rules refuse a transaction: typed, with a stable code, a sentence and a next step.
//!
//! `Display` names the thing (product, lot, unit, position of the pack), [`Rejection::code`] is
//! stable across versions, [`Rejection::hint`] says what to do next. No rejection says who holds
//! something that the signer does not hold.

mod change;
mod lot;
mod member;
mod pack;
mod product;
mod shipment;
mod signer;
mod unit;
mod window;

pub use change::ChangeRejection;
pub use lot::LotRejection;
pub use member::MemberRejection;
pub use pack::{PackRejection, SupplyBlock};
pub use product::ProductRejection;
pub use shipment::ShipmentRejection;
pub use signer::SignerRejection;
pub use unit::UnitRejection;
pub use window::WindowRejection;

/// Why the rules refuse a transaction against a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Not at this time, not twice, not in this block.
    #[error(transparent)]
    Window(#[from] WindowRejection),
    /// Not by this signer.
    #[error(transparent)]
    Signer(#[from] SignerRejection),
    /// The product stands against it.
    #[error(transparent)]
    Product(#[from] ProductRejection),
    /// The lot stands against it.
    #[error(transparent)]
    Lot(#[from] LotRejection),
    /// A pack stands against it.
    #[error(transparent)]
    Pack(#[from] PackRejection),
    /// A handling unit stands against it.
    #[error(transparent)]
    Unit(#[from] UnitRejection),
    /// The shipment stands against it.
    #[error(transparent)]
    Shipment(#[from] ShipmentRejection),
    /// The course of the change stands against it.
    #[error(transparent)]
    Change(#[from] ChangeRejection),
    /// What is to be changed stands against it.
    #[error(transparent)]
    Member(#[from] MemberRejection),
}

impl Rejection {
    /// A stable code in snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Window(rejection) => rejection.code(),
            Self::Signer(rejection) => rejection.code(),
            Self::Product(rejection) => rejection.code(),
            Self::Lot(rejection) => rejection.code(),
            Self::Pack(rejection) => rejection.code(),
            Self::Unit(rejection) => rejection.code(),
            Self::Shipment(rejection) => rejection.code(),
            Self::Change(rejection) => rejection.code(),
            Self::Member(rejection) => rejection.code(),
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Window(rejection) => rejection.hint(),
            Self::Signer(rejection) => rejection.hint(),
            Self::Product(rejection) => rejection.hint(),
            Self::Lot(rejection) => rejection.hint(),
            Self::Pack(rejection) => rejection.hint(),
            Self::Unit(rejection) => rejection.hint(),
            Self::Shipment(rejection) => rejection.hint(),
            Self::Change(rejection) => rejection.hint(),
            Self::Member(rejection) => rejection.hint(),
        }
    }

    /// Whether only this block has no room: the same transaction may stand in the next one.
    pub fn is_block_full(&self) -> bool {
        matches!(self, Self::Window(WindowRejection::BlockFull))
    }
}
