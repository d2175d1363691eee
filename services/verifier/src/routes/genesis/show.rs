//! `GET /genesis.json`: the public anchor of the chain, from which trust in evidence starts.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::problem::ProblemBody;

use crate::state::AppState;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/genesis.json", web::get().to(show_genesis));
}

/// The anchor.
///
/// Who trusts a verifier less than its answers compares the chain id with what an authority says, or brings a file of its
/// own.
#[utoipa::path(
    get,
    path = "/genesis.json",
    operation_id = "show_genesis",
    tag = "verification",
    responses(
        (status = 200, description = "The public half of genesis", body = Object),
        (status = 401, description = "An unknown API key", body = ProblemBody),
        (status = 429, description = "Too many requests", body = ProblemBody),
    ),
)]
pub(crate) async fn show_genesis(state: web::Data<AppState>) -> HttpResponse {
    HttpResponse::Ok().json(state.anchor())
}
