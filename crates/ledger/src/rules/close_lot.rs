//! `CloseLot`: the maker ends an open lot.

use super::signer::Signer;
use crate::action::CloseLot;
use crate::execute::{Refusal, Step};
use crate::record::{LotName, LotRecord, LotState};
use crate::rejection::LotRejection;
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &CloseLot,
) -> Result<(), Refusal> {
    let lot = LotName {
        gtin: action.gtin,
        lot: action.lot,
    };
    let record = step
        .get::<LotRecord>(&lot)?
        .ok_or(LotRejection::Unknown { lot })?;
    if record.public.manufacturer != signer.organisation {
        return Err(LotRejection::NotMaker { lot }.into());
    }
    match record.public.state {
        LotState::Open => {}
        LotState::Closed => return Err(LotRejection::Closed { lot }.into()),
        LotState::Recalled { .. } => return Err(LotRejection::Recalled { lot }.into()),
    }
    let mut closed = LotRecord::clone(&record);
    closed.public.state = LotState::Closed;
    step.put(lot, closed)
}
