//! `GET /api/v1/units/{sscc}`: a unit and what is in it.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::problem::{Problem, ProblemBody};
use theriac_partner::view::{UnitAnswer, unit};

use crate::state::AppState;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/units/{sscc}", web::get().to(show_unit));
}

/// A unit and what is in it, at any depth, counted by batch.
#[utoipa::path(
    get,
    path = "/api/v1/units/{sscc}",
    operation_id = "show_unit",
    tag = "units",
    params(("sscc" = String, Path, description = "SSCC, 18 digits")),
    responses(
        (status = 200, description = "Found", body = UnitAnswer),
        (status = 401, description = "No API key, or an unknown one", body = ProblemBody),
        (status = 403, description = "The API key may not read", body = ProblemBody),
        (status = 404, description = "Not on record", body = ProblemBody),
        (status = 503, description = "The database does not answer", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn show_unit(
    state: web::Data<AppState>,
    _call: ReadCall,
    sscc: web::Path<String>,
) -> Result<Json<UnitAnswer>, Problem> {
    Ok(Json(unit(state.service.desk(), &sscc).await?))
}
