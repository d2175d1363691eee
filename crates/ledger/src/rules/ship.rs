//! `Ship`: opens a shipment to one addressee; the sender keeps custody.

use super::custody::Memory;
use super::packs;
use super::signer::Signer;
use super::supply;
use super::units;
use crate::action::{Purpose, Ship};
use crate::execute::{Refusal, Step};
use crate::identifier::ShipmentId;
use crate::planted::{Bug, is_planted};
use crate::record::{
    Account, AccountState, History, Organisation, PackPlace, PackStatus, Role, Roles, Shipment,
    ShipmentPrivate, ShipmentState, Standing, UnitState,
};
use crate::rejection::{PackRejection, ShipmentRejection, UnitRejection};
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &Ship,
) -> Result<(), Refusal> {
    check_addressee(step, signer, action)?;
    if action.purpose == Purpose::Supply {
        supply::check_packs(step, signer, &action.packs)?;
    }
    let id = ShipmentId::of_ship(step.id());
    let mut memory = Memory::default();
    packs::edit(step, &action.packs, |step, pack, entry| {
        let custody = memory.of_place(step, entry.private.place)?;
        packs::require_direct(signer, custody, pack)?;
        let status = entry.public.status;
        if !may_travel(action.purpose, status) {
            return Err(PackRejection::Status { pack, status }.into());
        }
        entry.private.place = if is_planted(Bug::CustodyAtShip) {
            PackPlace::Account(action.to)
        } else {
            PackPlace::Shipment(id)
        };
        Ok(())
    })?;
    for sscc in &action.units {
        let sscc = *sscc;
        let unit = units::get_direct(step, signer, sscc)?;
        if action.purpose == Purpose::Supply {
            for lot in &unit.private.lots {
                if let Some(block) = supply::find_block(step, signer, lot)? {
                    let lot = *lot;
                    return Err(UnitRejection::Blocked { sscc, lot, block }.into());
                }
            }
        }
        units::set_state(step, sscc, &unit, UnitState::InShipment(id))?;
    }
    let shipment = Shipment {
        public: (),
        private: ShipmentPrivate {
            from: signer.account,
            to: action.to,
            purpose: action.purpose,
            state: ShipmentState::Open,
            history: History::default(),
        },
    };
    step.put(id, shipment)
}

fn check_addressee<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &Ship,
) -> Result<(), Refusal> {
    let account = action.to;
    if account == signer.account {
        return Err(ShipmentRejection::ToSelf.into());
    }
    let record = step
        .get::<Account>(&account)?
        .ok_or(ShipmentRejection::UnknownAddressee { account })?;
    let organisation = step
        .get::<Organisation>(&record.private.organisation)?
        .ok_or_else(|| super::damaged("the organisation of an account"))?;
    let is_open = record.private.state == AccountState::Open;
    if !is_open || organisation.public.standing != Standing::Good {
        return Err(ShipmentRejection::AddresseeInactive { account }.into());
    }
    let allowed = |roles: &Roles| match action.purpose {
        Purpose::Supply | Purpose::Return => roles.may_hold_medicine(),
        Purpose::Destruction => roles.contains(Role::Disposal),
    };
    if allowed(&record.private.roles) && allowed(&organisation.public.roles) {
        Ok(())
    } else {
        Err(ShipmentRejection::AddresseeRole { account }.into())
    }
}

/// Whether a named pack of this status may be sent; what is inside a unit is not judged.
fn may_travel(purpose: Purpose, status: PackStatus) -> bool {
    match purpose {
        Purpose::Supply => status == PackStatus::Active,
        Purpose::Return => matches!(
            status,
            PackStatus::Active | PackStatus::Locked | PackStatus::Damaged
        ),
        Purpose::Destruction => packs::is_in_hand(status),
    }
}
