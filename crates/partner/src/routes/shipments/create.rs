//! `POST /api/v1/shipments`: sends packs and units to one addressee.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;

use crate::answer::{DoneAnswer, WriteAnswer};
use crate::operation::shipment::{ShipmentBody, ship};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/shipments", web::post().to(create_shipment));
}

/// Sends packs and units to one addressee. Custody passes when the addressee signs.
#[utoipa::path(
    post,
    path = "/api/v1/shipments",
    operation_id = "create_shipment",
    tag = "shipments",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = ShipmentBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn create_shipment(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<ShipmentBody>,
) -> Result<HttpResponse, Problem> {
    let plan = ship(service.desk(), &body);
    let reply = service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
