//! `GET /01/…`, `GET /00/…`: the address that a telephone reads from a pack (GS1 Digital Link).

use actix_web::http::header;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use theriac_http::description::OpenProblems;
use theriac_http::problem::Problem;

use super::html;
use crate::inquiry::Question;
use crate::state::AppState;

/// Any host will do: what counts is the path, exactly as it was asked for.
const STEM: &str = "https://id.gs1.org";

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .route("/01/{path:.*}", web::get().to(show_pack))
        .route("/00/{path:.*}", web::get().to(show_unit));
}

/// The answer for patients, as a page.
///
/// Whoever asks is anonymous here: the address of a pack is opened by telephones, and is no place for keys.
#[utoipa::path(
    get,
    path = "/01/{path}",
    operation_id = "show_pack",
    tag = "patient",
    params(("path" = String, Path, description = "The rest of a GS1 Digital Link: `{gtin}/10/{lot}/21/{serial}`")),
    responses(
        (status = 200, description = "A page for patients", body = String, content_type = "text/html"),
        OpenProblems,
    ),
)]
pub(crate) async fn show_pack(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    show(&state, &request).await
}

/// The same of a case or pallet.
#[utoipa::path(
    get,
    path = "/00/{path}",
    operation_id = "show_unit",
    tag = "patient",
    params(("path" = String, Path, description = "The rest of a GS1 Digital Link: `{sscc}`")),
    responses(
        (status = 200, description = "A page for patients", body = String, content_type = "text/html"),
        OpenProblems,
    ),
)]
pub(crate) async fn show_unit(
    state: web::Data<AppState>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    show(&state, &request).await
}

async fn show(state: &AppState, request: &HttpRequest) -> Result<HttpResponse, Problem> {
    let path = request
        .uri()
        .path_and_query()
        .map_or_else(|| request.path(), |path| path.as_str());
    let question = Question {
        text: format!("{STEM}{path}"),
        notes: Vec::new(),
        asker: state.asker(None, request),
        wants_evidence: false,
    };
    let answer = state.verify(question).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(html::page(&answer)))
}
