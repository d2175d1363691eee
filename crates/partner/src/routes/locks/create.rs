//! `POST /api/v1/locks`: quarantines packs.

use crate::answer::{DoneAnswer, WriteAnswer};
use crate::operation::status::{CodesReasonBody, lock};
use crate::service::Service;
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/locks", web::post().to(create_lock));
}

/// Quarantines packs: `suspect`, `damage`, `condition`, `quality` or `order`.
#[utoipa::path(
    post,
    path = "/api/v1/locks",
    operation_id = "create_lock",
    tag = "locks",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = CodesReasonBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn create_lock(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<CodesReasonBody>,
) -> Result<HttpResponse, Problem> {
    let plan = lock(service.desk(), &body);
    let reply = service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
