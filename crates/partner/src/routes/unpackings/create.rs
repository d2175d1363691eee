//! `POST /api/v1/unpackings`: takes packs and units out of a unit.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;

use crate::answer::{DoneAnswer, WriteAnswer};
use crate::operation::unpacking::{UnpackingBody, unpack};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/unpackings", web::post().to(create_unpacking));
}

/// Takes everything, or what is named, out of a unit.
#[utoipa::path(
    post,
    path = "/api/v1/unpackings",
    operation_id = "create_unpacking",
    tag = "unpackings",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = UnpackingBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn create_unpacking(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<UnpackingBody>,
) -> Result<HttpResponse, Problem> {
    let plan = unpack(service.desk(), &body);
    let reply = service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
