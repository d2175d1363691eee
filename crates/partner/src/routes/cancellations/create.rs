//! `POST /api/v1/cancellations`: takes an open shipment back.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;

use crate::answer::{DoneAnswer, WriteAnswer};
use crate::operation::shipment::{CancellationBody, cancel};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/cancellations", web::post().to(create_cancellation));
}

/// Takes a shipment back that the addressee has neither received nor refused.
#[utoipa::path(
    post,
    path = "/api/v1/cancellations",
    operation_id = "create_cancellation",
    tag = "cancellations",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = CancellationBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn create_cancellation(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<CancellationBody>,
) -> Result<HttpResponse, Problem> {
    let plan = async { cancel(&body) };
    let reply = service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
