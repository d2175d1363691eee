//! `POST /api/v1/picks`: which units and packs to send, first what expires first.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::ReadCall;
use theriac_http::description::WriteProblems;
use theriac_http::problem::Problem;

use crate::picking::{PickAnswer, PickBody, pick};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/picks", web::post().to(create_pick));
}

/// Finds what is ordered, first what expires first, and gives the shipment to be signed. Writes and reserves nothing.
#[utoipa::path(
    post,
    path = "/api/v1/picks",
    operation_id = "create_pick",
    tag = "picks",
    request_body = PickBody,
    responses(
        (status = 200, description = "Found, perhaps less than was ordered", body = PickAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn create_pick(
    service: web::Data<Service>,
    _call: ReadCall,
    body: Body<PickBody>,
) -> Result<Json<PickAnswer>, Problem> {
    Ok(Json(pick(service.desk(), &body).await?))
}
