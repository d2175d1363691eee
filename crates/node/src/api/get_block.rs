//! `GET /v1/blocks/{height}`: one final block, for members.

use actix_web::{HttpResponse, web};
use theriac_client::node_client::BINARY_MEDIA_TYPE;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_http::signed_request::SignedRequest;
use theriac_ledger::identifier::Height;

use super::ApiState;
use super::recent::final_block;
use super::state::blocking;

/// Answers the canonical bytes of a `FinalBlock`.
pub(super) async fn get_block(
    _signed: SignedRequest,
    state: web::Data<ApiState>,
    height: web::Path<Height>,
) -> Result<HttpResponse, Problem> {
    let height = height.into_inner();
    let store = state.store().clone();
    let bytes = blocking(move || Ok(final_block(&store, height)?.map(|block| block.encode())));
    let bytes = bytes.await?.ok_or_else(|| no_block(&state, height))?;
    Ok(HttpResponse::Ok()
        .content_type(BINARY_MEDIA_TYPE)
        .body(bytes))
}

/// The answer for a height that has no block here.
pub(super) fn no_block(state: &ApiState, height: Height) -> Problem {
    let view = state.store().view();
    if (1..view.oldest()).contains(&height) {
        return not_yet_fetched(view.oldest());
    }
    let last = view.parent().height;
    let detail = format!("there is no final block {height} here; the last one is {last}");
    Problem::new(ProblemCode::NotFound, detail).with_hint("heights begin at 1; ask again later")
}

/// The answer for what needs blocks that a node which joined from a snapshot does not have yet.
pub(super) fn not_yet_fetched(oldest: Height) -> Problem {
    let detail = format!(
        "this node joined from a snapshot and does not have the blocks before {oldest} yet"
    );
    Problem::new(ProblemCode::NotReady, detail)
        .with_hint("use another node, or ask again later")
        .with_retry_after_s(5)
}
