//! `GET /v1/misbehaviour?after=&limit=`: evidence against validators, for anyone. It names
//! validators, heights and blocks, and nothing of what is in them.

use actix_web::{HttpResponse, web};
use theriac_client::wire::{
    KeptMisbehaviour, MISBEHAVIOUR_PAGE_MAX, MisbehaviourPage, MisbehaviourQuery,
};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::encoding::BoundedList;

use super::ApiState;
use super::state::blocking;

/// Answers a page of evidence as JSON, ascending by digest.
pub(super) async fn list_misbehaviour(
    state: web::Data<ApiState>,
    query: web::Query<MisbehaviourQuery>,
) -> Result<HttpResponse, Problem> {
    let MisbehaviourQuery { after, limit } = query.into_inner();
    let limit = limit
        .unwrap_or(MISBEHAVIOUR_PAGE_MAX)
        .min(MISBEHAVIOUR_PAGE_MAX);
    if limit == 0 {
        return Err(Problem::new(
            ProblemCode::InvalidQuery,
            "limit must be at least 1",
        ));
    }
    let store = state.store().clone();
    // One more than is shown tells whether there is another page.
    let wanted = limit.saturating_add(1);
    let mut kept = blocking(move || store.misbehaviour(after.as_ref(), wanted)).await?;
    let has_more = kept.len() > limit;
    kept.truncate(limit);
    let next = kept.last().filter(|_| has_more).map(|(digest, _)| *digest);
    let kept = kept
        .into_iter()
        .map(|(digest, evidence)| KeptMisbehaviour { digest, evidence })
        .collect();
    Ok(HttpResponse::Ok().json(MisbehaviourPage {
        misbehaviour: BoundedList::new(kept).expect("the limit is at most the bound of the list"),
        next,
    }))
}
