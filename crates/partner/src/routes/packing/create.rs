//! `POST /api/v1/packing`: puts packs and units into a unit.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;

use crate::answer::{DoneAnswer, WriteAnswer};
use crate::operation::packing::{PackingBody, pack};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/packing", web::post().to(create_packing));
}

/// Puts packs and units into a unit. Without `sscc` a new number is given.
#[utoipa::path(
    post,
    path = "/api/v1/packing",
    operation_id = "create_packing",
    tag = "packing",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = PackingBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn create_packing(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<PackingBody>,
) -> Result<HttpResponse, Problem> {
    let plan = pack(service.desk(), &body);
    let reply = service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
