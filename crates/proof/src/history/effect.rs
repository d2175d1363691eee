//! What a transaction does to a pack, a unit or a shipment, as docs/ledger-format.md says in
//! section 8. That the rules allowed it is what the certified state shows.

use theriac_gs1::Sscc;
use theriac_ledger::action::{ActionBody, Purpose, UnpackContents};
use theriac_ledger::identifier::{AccountId, PackLocation, ShipmentId};
use theriac_ledger::pack_set::PackSet;
use theriac_ledger::record::{PackPlace, PackStatus, UnitState};

use super::walk::Act;

/// What a transaction does to a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PackEffect {
    /// Where it is afterwards, if it moves.
    pub(super) place: Option<PackPlace>,
    /// Its status afterwards, if that changes.
    pub(super) status: Option<PackStatus>,
}

/// What a transaction does to a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UnitEffect {
    /// It takes in more; where it is does not change.
    Filled,
    /// It is elsewhere, or ends.
    Moved(UnitState),
}

/// What a transaction does to a shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ShipmentEffect {
    /// It begins.
    Opened(Opening),
    /// It ends.
    Resolved(Resolution),
}

/// How a shipment begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// It is sent.
    Ship {
        /// The sender.
        from: AccountId,
        /// The addressee.
        to: AccountId,
        /// Why.
        purpose: Purpose,
    },
    /// It is what was not received of another, between the same parties.
    Rest {
        /// The other.
        of: ShipmentId,
    },
}

/// Who holds what a shipment held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// The account that signed: it received or cancelled.
    Signer(AccountId),
    /// The sender: it was rejected.
    Sender,
}

/// What a transaction does to a pack; none if it does not name it.
pub(super) fn on_pack(act: &Act, pack: &PackLocation) -> Option<PackEffect> {
    let moves = |place| PackEffect {
        place: Some(place),
        status: None,
    };
    let here = PackPlace::Account(act.account);
    let (sets, effect): (&[PackSet], PackEffect) = match &act.body {
        ActionBody::Pack(action) => (&action.packs, moves(PackPlace::Unit(action.sscc))),
        ActionBody::Unpack(action) => match &action.contents {
            UnpackContents::All => return None,
            UnpackContents::Some { packs, .. } => (packs, moves(here)),
        },
        ActionBody::Ship(action) => {
            let id = ShipmentId::of_ship(&act.id);
            (&action.packs, moves(PackPlace::Shipment(id)))
        }
        ActionBody::Receive(action) => {
            let mut sets = action.except.iter().flat_map(|part| part.packs.iter());
            let rest = ShipmentId::of_rest(&act.id);
            let is_named = sets.any(|set| names(set, pack));
            return is_named.then(|| moves(PackPlace::Shipment(rest)));
        }
        ActionBody::Dispense(action) => {
            (&action.packs, PackEffect::here(here, PackStatus::Dispensed))
        }
        ActionBody::Reactivate(action) => {
            (&action.packs, PackEffect::here(here, PackStatus::Active))
        }
        ActionBody::Decommission(action) => {
            let status = action.reason.status()?;
            (&action.packs, PackEffect::here(here, status))
        }
        ActionBody::Lock(action) => (&action.packs, PackEffect::stays(PackStatus::Locked)),
        ActionBody::Unlock(action) => (&action.packs, PackEffect::stays(PackStatus::Active)),
        ActionBody::RegisterProduct(_)
        | ActionBody::CommissionRun(_)
        | ActionBody::CloseLot(_)
        | ActionBody::RecallLot(_)
        | ActionBody::CancelShipment(_)
        | ActionBody::Reject(_)
        | ActionBody::AnchorDigest(_)
        | ActionBody::ProposeChange(_)
        | ActionBody::ApproveChange(_)
        | ActionBody::EnactChange(_)
        | ActionBody::WithdrawChange(_) => return None,
    };
    sets.iter().any(|set| names(set, pack)).then_some(effect)
}

impl PackEffect {
    fn here(place: PackPlace, status: PackStatus) -> Self {
        Self {
            place: Some(place),
            status: Some(status),
        }
    }

    fn stays(status: PackStatus) -> Self {
        Self {
            place: None,
            status: Some(status),
        }
    }
}

/// What a transaction does to a unit; none if it does not write it.
pub(super) fn on_unit(act: &Act, sscc: &Sscc) -> Option<UnitEffect> {
    let named = |units: &[Sscc], state| units.contains(sscc).then_some(UnitEffect::Moved(state));
    match &act.body {
        ActionBody::Pack(action) if action.sscc == *sscc => Some(UnitEffect::Filled),
        ActionBody::Pack(action) => named(&action.units, UnitState::Inside(action.sscc)),
        ActionBody::Unpack(action) => match &action.contents {
            UnpackContents::All if action.sscc == *sscc => {
                Some(UnitEffect::Moved(UnitState::Resolved(act.account)))
            }
            UnpackContents::All => None,
            UnpackContents::Some { units, .. } => named(units, UnitState::Held(act.account)),
        },
        ActionBody::Ship(action) => {
            let id = ShipmentId::of_ship(&act.id);
            named(&action.units, UnitState::InShipment(id))
        }
        ActionBody::Receive(action) => {
            let rest = UnitState::InShipment(ShipmentId::of_rest(&act.id));
            let mut parts = action.except.iter();
            parts.find_map(|part| named(&part.units, rest))
        }
        _ => None,
    }
}

/// What a transaction does to a shipment; none if it does not write it.
pub(super) fn on_shipment(act: &Act, id: &ShipmentId) -> Option<ShipmentEffect> {
    let resolved =
        |shipment: &ShipmentId, to| (shipment == id).then_some(ShipmentEffect::Resolved(to));
    match &act.body {
        ActionBody::Ship(action) => {
            let opening = Opening::Ship {
                from: act.account,
                to: action.to,
                purpose: action.purpose,
            };
            (ShipmentId::of_ship(&act.id) == *id).then_some(ShipmentEffect::Opened(opening))
        }
        ActionBody::Receive(action) => {
            let is_rest = !action.except.is_empty() && ShipmentId::of_rest(&act.id) == *id;
            if is_rest {
                let of = action.shipment;
                return Some(ShipmentEffect::Opened(Opening::Rest { of }));
            }
            resolved(&action.shipment, Resolution::Signer(act.account))
        }
        ActionBody::CancelShipment(action) => {
            resolved(&action.shipment, Resolution::Signer(act.account))
        }
        ActionBody::Reject(action) => resolved(&action.shipment, Resolution::Sender),
        _ => None,
    }
}

fn names(set: &PackSet, pack: &PackLocation) -> bool {
    let holds = |first: u32, end: u32| first <= pack.position && pack.position < end;
    set.run == pack.run
        && set
            .ranges
            .iter()
            .any(|range| holds(range.first, range.end()))
}
