//! `POST /api/v1/rejections`: refuses a shipment.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;

use crate::answer::{DoneAnswer, WriteAnswer};
use crate::operation::receipt::{RejectionBody, reject};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/rejections", web::post().to(create_rejection));
}

/// Refuses a shipment: everything in it is the sender's again.
#[utoipa::path(
    post,
    path = "/api/v1/rejections",
    operation_id = "create_rejection",
    tag = "rejections",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = RejectionBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn create_rejection(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<RejectionBody>,
) -> Result<HttpResponse, Problem> {
    let plan = reject(service.desk(), &body);
    let reply = service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
