//! `GET /api/v1/returns`: what came back and is held still.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::Problem;

use crate::returns::{ReturnsAnswer, returns};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/returns", web::get().to(list_returns));
}

/// What came back and is held still, with how many packs wait to be verified.
#[utoipa::path(
    get,
    path = "/api/v1/returns",
    operation_id = "list_returns",
    tag = "returns",
    responses(
        (status = 200, description = "Found", body = ReturnsAnswer),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn list_returns(
    service: web::Data<Service>,
    _call: ReadCall,
) -> Result<Json<ReturnsAnswer>, Problem> {
    Ok(Json(returns(service.desk()).await?))
}
