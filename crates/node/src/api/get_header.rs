//! `GET /v1/headers/{height|latest}`: a header with its certificate, for anyone.

use actix_web::{HttpResponse, web};
use theriac_client::wire::HeaderAnswer;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::identifier::Height;

use super::ApiState;
use super::get_block::no_block;
use super::state::blocking;

/// Answers header and certificate as JSON, and the header's canonical bytes.
pub(super) async fn get_header(
    state: web::Data<ApiState>,
    height: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let wanted = parse_height(&height)?;
    let store = state.store().clone();
    let found = blocking(move || {
        let view = store.view();
        view.header(wanted.unwrap_or(view.parent().height))
    });
    match found.await? {
        Some((header, certificate)) => {
            Ok(HttpResponse::Ok().json(HeaderAnswer::new(header, certificate)))
        }
        None => Err(no_block(&state, wanted.unwrap_or(0))),
    }
}

fn parse_height(text: &str) -> Result<Option<Height>, Problem> {
    if text == "latest" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        Problem::new(
            ProblemCode::InvalidPath,
            "a header is named by its height or by `latest`",
        )
    })
}
