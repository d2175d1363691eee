//! `GET /api/v1/units/{sscc}`: a unit and what is in it.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody};

use crate::service::Service;
use crate::view::{UnitAnswer, unit};

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
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
        (status = 404, description = "Not on record", body = ProblemBody),
        (status = 422, description = "The address names no such thing", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn show_unit(
    service: web::Data<Service>,
    _call: ReadCall,
    sscc: web::Path<String>,
) -> Result<Json<UnitAnswer>, Problem> {
    Ok(Json(unit(service.desk(), &sscc).await?))
}
