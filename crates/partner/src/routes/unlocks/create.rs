//! `POST /api/v1/unlocks`: ends a quarantine.

use crate::answer::{DoneAnswer, WriteAnswer};
use crate::operation::status::{CodesBody, unlock};
use crate::service::Service;
use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/unlocks", web::post().to(create_unlock));
}

/// Ends the quarantine of packs.
#[utoipa::path(
    post,
    path = "/api/v1/unlocks",
    operation_id = "create_unlock",
    tag = "unlocks",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = CodesBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn create_unlock(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<CodesBody>,
) -> Result<HttpResponse, Problem> {
    let plan = unlock(service.desk(), &body);
    let reply = service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
