//! What keeps packs out of supply: recall, expiry, withdrawal.

use super::packs::run_of;
use super::signer::Signer;
use crate::execute::{Refusal, Step};
use crate::identifier::{PackLocation, Timestamp};
use crate::pack_set::PackSet;
use crate::record::{LotName, LotRecord, LotState, Product};
use crate::rejection::{PackRejection, SupplyBlock};
use crate::state::State;

/// Refuses packs whose lot or product is kept out of supply.
pub(crate) fn check_packs<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    sets: &[PackSet],
) -> Result<(), Refusal> {
    for set in sets {
        run_of(step, set)?;
        let lot = LotName {
            gtin: set.run.gtin,
            lot: set.run.lot,
        };
        if let Some(block) = find_block(step, signer, &lot)? {
            let position = set.ranges.first().map_or(0, |range| range.first);
            let pack = PackLocation {
                run: set.run,
                position,
            };
            return Err(PackRejection::Blocked { pack, block }.into());
        }
    }
    Ok(())
}

/// What keeps a lot out of supply by the signer, if anything.
pub(crate) fn find_block<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    name: &LotName,
) -> Result<Option<SupplyBlock>, Refusal> {
    let lot = step
        .get::<LotRecord>(name)?
        .ok_or_else(|| super::damaged("a lot"))?;
    if matches!(lot.public.state, LotState::Recalled { .. }) {
        return Ok(Some(SupplyBlock::Recalled));
    }
    let product = step
        .get::<Product>(&name.gtin)?
        .ok_or_else(|| super::damaged("a product"))?;
    let country = signer.country();
    if product.public.withdrawn.contains(&country) {
        return Ok(Some(SupplyBlock::Withdrawn { country }));
    }
    let expiry = lot.public.expiry;
    if is_past(expiry, step.time()) {
        return Ok(Some(SupplyBlock::Expired { expiry }));
    }
    Ok(None)
}

/// Whether a day is over: the day itself still counts, in UTC.
pub(crate) fn is_past(day: theriac_gs1::CalendarDate, time: Timestamp) -> bool {
    time.days_since_epoch() > day.days_since_epoch()
}
