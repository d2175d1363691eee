//! `POST /api/v1/scans`: what scans are, and what can be done with them.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::ReadCall;
use theriac_http::description::WriteProblems;
use theriac_http::problem::Problem;

use crate::scan::{ScansAnswer, ScansBody, scans};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/scans", web::post().to(create_scans));
}

/// Says what scans are, what the record says of them up to which height, and what can be done with them here.
///
/// Writes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/scans",
    operation_id = "create_scans",
    tag = "scans",
    request_body = ScansBody,
    responses(
        (status = 200, description = "Each code", body = ScansAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn create_scans(
    service: web::Data<Service>,
    _call: ReadCall,
    body: Body<ScansBody>,
) -> Result<Json<ScansAnswer>, Problem> {
    Ok(Json(scans(&service, &body).await?))
}
