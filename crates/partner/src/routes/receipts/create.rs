//! `POST /api/v1/receipts`: takes custody of a shipment.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;

use crate::answer::{DoneAnswer, WriteAnswer};
use crate::operation::receipt::{ReceiptBody, receive};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/receipts", web::post().to(create_receipt));
}

/// Takes custody of a shipment, whole or except what is named.
#[utoipa::path(
    post,
    path = "/api/v1/receipts",
    operation_id = "create_receipt",
    tag = "receipts",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = ReceiptBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn create_receipt(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<ReceiptBody>,
) -> Result<HttpResponse, Problem> {
    let plan = receive(service.desk(), &body);
    let reply = service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
