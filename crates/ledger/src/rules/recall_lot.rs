//! `RecallLot`: the maker or a regulator, once and for good.

use super::signer::Signer;
use crate::action::RecallLot;
use crate::execute::{Refusal, Step};
use crate::record::{LotName, LotRecord, LotState, Role};
use crate::rejection::LotRejection;
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &RecallLot,
) -> Result<(), Refusal> {
    let lot = LotName {
        gtin: action.gtin,
        lot: action.lot,
    };
    let record = step
        .get::<LotRecord>(&lot)?
        .ok_or(LotRejection::Unknown { lot })?;
    let is_maker = record.public.manufacturer == signer.organisation;
    if !is_maker && !signer.has_role(Role::Regulator) {
        return Err(LotRejection::NotMaker { lot }.into());
    }
    if matches!(record.public.state, LotState::Recalled { .. }) {
        return Err(LotRejection::Recalled { lot }.into());
    }
    let mut recalled = LotRecord::clone(&record);
    recalled.public.state = LotState::Recalled {
        class: action.class,
        since: step.time(),
        notice: action.notice,
    };
    step.put(lot, recalled)
}
