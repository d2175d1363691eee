//! `GET /v1/misbehaviour?after=&limit=`: evidence against validators that this verifier met while it
//! followed the chain, for anyone; the same as a node's.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_client::wire::MisbehaviourQuery;
use theriac_http::description::OpenProblems;
use theriac_http::problem::Problem;

use crate::state::AppState;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/v1/misbehaviour", web::get().to(list_misbehaviour));
}

/// Two final headers of one height, or two votes of one validator: what `theriac evidence check` checks.
///
/// It names validators, heights and blocks, and nothing of what is in them.
#[utoipa::path(
    get,
    path = "/v1/misbehaviour",
    operation_id = "list_misbehaviour",
    tag = "verification",
    params(
        ("after" = Option<String>, Query, description = "The digest after which the page begins"),
        ("limit" = Option<usize>, Query, description = "Entries of the page at most"),
    ),
    responses(
        (status = 200, description = "A page of evidence, ascending by digest", body = Object),
        OpenProblems,
    ),
)]
pub(crate) async fn list_misbehaviour(
    state: web::Data<AppState>,
    query: web::Query<MisbehaviourQuery>,
) -> Result<HttpResponse, Problem> {
    let page = state.misbehaviour(query.into_inner()).await?;
    Ok(HttpResponse::Ok().json(page))
}
