//! `POST /api/v1/receipts/check`: what was scanned of a delivery against what is on record.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::ReadCall;
use theriac_http::description::WriteProblems;
use theriac_http::problem::Problem;

use crate::receiving::{ReceiptCheckAnswer, ReceiptCheckBody, check};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/receipts/check", web::post().to(check_receipt));
}

/// Ticks what was scanned of a delivery against what is on record, and gives the receipt to be signed. Writes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/receipts/check",
    operation_id = "check_receipt",
    tag = "receipts",
    request_body = ReceiptCheckBody,
    responses(
        (status = 200, description = "Checked", body = ReceiptCheckAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn check_receipt(
    service: web::Data<Service>,
    _call: ReadCall,
    body: Body<ReceiptCheckBody>,
) -> Result<Json<ReceiptCheckAnswer>, Problem> {
    Ok(Json(check(service.desk(), &body).await?))
}
