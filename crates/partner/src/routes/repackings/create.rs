//! `POST /api/v1/repackings`: takes packs and units out of a unit and puts them into another.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;

use crate::answer::{DoneAnswer, WriteAnswer};
use crate::operation::repacking::{RepackingBody, repack};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/repackings", web::post().to(create_repacking));
}

/// Takes everything, or what is named, out of a unit and puts it into another.
#[utoipa::path(
    post,
    path = "/api/v1/repackings",
    operation_id = "create_repacking",
    tag = "packing",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = RepackingBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn create_repacking(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<RepackingBody>,
) -> Result<HttpResponse, Problem> {
    let plan = repack(service.desk(), &body);
    let reply = service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
