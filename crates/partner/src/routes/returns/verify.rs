//! `POST /api/v1/returns/{shipment}/verifications`: verifies what came back.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::{Problem, ProblemBody};

use crate::returns::{VerificationAnswer, VerificationBody, verify};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route(
        "/api/v1/returns/{shipment}/verifications",
        web::post().to(verify_return),
    );
}

/// Verifies packs that came back, by what was scanned.
///
/// What agrees with the record is saleable; what does not stays blocked, and a case is begun with whoever sent it back.
#[utoipa::path(
    post,
    path = "/api/v1/returns/{shipment}/verifications",
    operation_id = "verify_return",
    tag = "returns",
    params(
        ("shipment" = String, Path, description = "The shipment with which it came back"),
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = VerificationBody,
    responses(
        (status = 200, description = "Each code; in a dry run nothing is kept", body = VerificationAnswer),
        (status = 404, description = "No such return was received", body = ProblemBody),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn verify_return(
    service: web::Data<Service>,
    call: WriteCall,
    shipment: web::Path<String>,
    body: Body<VerificationBody>,
) -> Result<Json<VerificationAnswer>, Problem> {
    Ok(Json(verify(&service, &call, &shipment, &body).await?))
}
