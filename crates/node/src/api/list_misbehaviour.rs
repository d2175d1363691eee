//! `GET /v1/misbehaviour?after=&limit=`: evidence against validators, for anyone. It names
//! validators, heights and blocks, and nothing of what is in them.

use actix_web::{HttpResponse, web};
use theriac_client::wire::{MISBEHAVIOUR_PAGE_MAX, MisbehaviourQuery};
use theriac_http::problem::{Problem, ProblemCode};

use super::ApiState;
use super::state::blocking;

/// Answers a page of evidence as JSON, ascending by digest.
pub(super) async fn list_misbehaviour(
    state: web::Data<ApiState>,
    query: web::Query<MisbehaviourQuery>,
) -> Result<HttpResponse, Problem> {
    let MisbehaviourQuery { after, limit } = query.into_inner();
    let limit = limit.unwrap_or(MISBEHAVIOUR_PAGE_MAX);
    if limit == 0 {
        return Err(Problem::new(
            ProblemCode::InvalidQuery,
            "limit must be at least 1",
        ));
    }
    let store = state.store().clone();
    let page = blocking(move || store.misbehaviour_page(after.as_ref(), limit)).await?;
    Ok(HttpResponse::Ok().json(page))
}
