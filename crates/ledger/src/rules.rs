//! The rules: who may do what to what. One file for each action.
//!
//! A rule reads and writes through its transaction's [`Step`]; when it refuses, the step is dropped.
//! It may therefore check and write in any order.

use crate::action::ActionBody;
use crate::execute::{CheckedTransaction, Refusal, Step};
use crate::state::{State, StateUnavailable};

mod anchor_digest;
mod approve_change;
mod cancel_shipment;
mod change;
mod close_lot;
mod commission_run;
mod custody;
mod decommission;
mod dispense;
mod enact_change;
mod lock;
mod pack;
mod packs;
mod propose_change;
mod reactivate;
mod recall_lot;
mod receive;
mod register_product;
mod reject;
mod ship;
mod shipments;
mod signer;
mod supply;
mod units;
mod unlock;
mod unpack;
mod withdraw_change;

/// Applies the rule of a transaction's action.
pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    transaction: &CheckedTransaction,
) -> Result<(), Refusal> {
    let signer = signer::authorise(step, transaction)?;
    match transaction.body() {
        ActionBody::RegisterProduct(action) => register_product::apply(step, &signer, action),
        ActionBody::CommissionRun(action) => {
            commission_run::apply(step, &signer, action, transaction)
        }
        ActionBody::CloseLot(action) => close_lot::apply(step, &signer, action),
        ActionBody::RecallLot(action) => recall_lot::apply(step, &signer, action),
        ActionBody::Pack(action) => pack::apply(step, &signer, action),
        ActionBody::Unpack(action) => unpack::apply(step, &signer, action),
        ActionBody::Ship(action) => ship::apply(step, &signer, action),
        ActionBody::CancelShipment(action) => cancel_shipment::apply(step, &signer, action),
        ActionBody::Receive(action) => receive::apply(step, &signer, action),
        ActionBody::Reject(action) => reject::apply(step, &signer, action),
        ActionBody::Dispense(action) => dispense::apply(step, &signer, action),
        ActionBody::Reactivate(action) => reactivate::apply(step, &signer, action),
        ActionBody::Lock(action) => lock::apply(step, &signer, action),
        ActionBody::Unlock(action) => unlock::apply(step, &signer, action),
        ActionBody::Decommission(action) => decommission::apply(step, &signer, action),
        ActionBody::AnchorDigest(action) => anchor_digest::apply(step, &signer, action),
        ActionBody::ProposeChange(action) => propose_change::apply(step, &signer, action),
        ActionBody::ApproveChange(action) => approve_change::apply(step, &signer, action),
        ActionBody::EnactChange(action) => enact_change::apply(step, &signer, action),
        ActionBody::WithdrawChange(action) => withdraw_change::apply(step, &signer, action),
    }
}

pub(crate) use change::review;

/// A record that must be there, because another record names it.
fn damaged(what: &'static str) -> Refusal {
    Refusal::Unavailable(StateUnavailable::Missing { what })
}
