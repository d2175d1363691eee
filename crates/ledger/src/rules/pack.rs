//! `Pack`: creates a unit, or adds to one that the signer has in hand.

use std::collections::BTreeSet;

use super::custody::Memory;
use super::packs;
use super::signer::Signer;
use super::units;
use crate::action::Pack;
use crate::constants::NESTING_MAX;
use crate::encoding::BoundedList;
use crate::execute::{Refusal, Step};
use crate::record::{HandlingUnit, HandlingUnitPrivate, History, LotName, PackPlace, UnitState};
use crate::rejection::{PackRejection, UnitRejection};
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &Pack,
) -> Result<(), Refusal> {
    let sscc = action.sscc;
    let mut unit = target(step, signer, action)?;
    let mut lots: BTreeSet<LotName> = unit.private.lots.iter().copied().collect();
    let mut memory = Memory::default();
    packs::edit(step, &action.packs, |step, pack, entry| {
        let custody = memory.of_place(step, entry.private.place)?;
        packs::require_direct(signer, custody, pack)?;
        let status = entry.public.status;
        if !packs::is_in_hand(status) {
            return Err(PackRejection::Status { pack, status }.into());
        }
        entry.private.place = PackPlace::Unit(sscc);
        Ok(())
    })?;
    lots.extend(action.packs.iter().map(|set| LotName {
        gtin: set.run.gtin,
        lot: set.run.lot,
    }));
    for child in &action.units {
        let record = units::get_direct(step, signer, *child)?;
        lots.extend(record.private.lots.iter());
        let nesting = record.private.nesting.saturating_add(1);
        unit.private.nesting = unit.private.nesting.max(nesting);
        units::set_state(step, *child, &record, UnitState::Inside(sscc))?;
    }
    if unit.private.nesting > NESTING_MAX {
        return Err(UnitRejection::TooDeep { sscc }.into());
    }
    unit.private.lots = BoundedList::new(lots.into_iter().collect())
        .map_err(|_| UnitRejection::TooManyLots { sscc })?;
    step.put(sscc, unit)
}

/// The unit that is packed into: the signer's own, or a new one under the signer's prefix.
fn target<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &Pack,
) -> Result<HandlingUnit, Refusal> {
    let sscc = action.sscc;
    if step.get::<HandlingUnit>(&sscc)?.is_some() {
        return Ok(HandlingUnit::clone(&*units::get_direct(
            step, signer, sscc,
        )?));
    }
    let prefixes = &signer.organisation_record().public.gs1_prefixes;
    if !prefixes.iter().any(|prefix| prefix.matches_sscc(&sscc)) {
        return Err(UnitRejection::Prefix { sscc }.into());
    }
    Ok(HandlingUnit {
        public: (),
        private: HandlingUnitPrivate {
            state: UnitState::Held(signer.account),
            nesting: 1,
            lots: BoundedList::empty(),
            history: History::default(),
        },
    })
}
