//! A change as it is shown: what is on record, and what it still needs.

use theriac_client::wire::ChangeAnswer;
use theriac_ledger::execute::{BlockContext, Refusal, review};
use theriac_ledger::record::ChangePublic;

use crate::store::{Damage, StoreError, View};

/// Reviews a change as of the next block.
pub(super) fn answer(view: &View, record: ChangePublic) -> Result<ChangeAnswer, StoreError> {
    let parent = view.parent();
    let context = BlockContext {
        height: parent.height.saturating_add(1),
        time: parent.time,
    };
    let review = review(view, context, &record).map_err(|refusal| match refusal {
        Refusal::Unavailable(unavailable) => StoreError::unavailable(unavailable),
        Refusal::Rejected(rejection) => {
            StoreError::corrupt("change", Damage::State(rejection.to_string()))
        }
    })?;
    Ok(ChangeAnswer {
        record,
        approvals: review.approvals,
        needed: review.needed,
        authorities: review.authorities,
        height: parent.height,
        time: parent.time,
    })
}
