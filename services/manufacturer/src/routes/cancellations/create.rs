//! `POST /api/v1/cancellations`: takes an open shipment back.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::problem::{Problem, ProblemBody};
use theriac_partner::answer::WriteAnswer;
use theriac_partner::operation::shipment::{CancellationBody, cancel};

use crate::state::AppState;

pub(crate) fn configure(config: &mut ServiceConfig) {
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
        (
            "Idempotency-Key" = String,
            Header,
            description = "1 to 64 visible characters; the same key again repeats the answer",
        ),
    ),
    request_body = CancellationBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = WriteAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        (status = 400, description = "No idempotency key, or malformed", body = ProblemBody),
        (status = 401, description = "No API key, or an unknown one", body = ProblemBody),
        (status = 403, description = "The API key may not write", body = ProblemBody),
        (status = 409, description = "The present state refuses it", body = ProblemBody),
        (status = 422, description = "Something in the request is wrong", body = ProblemBody),
        (status = 503, description = "The database does not take it", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn create_cancellation(
    state: web::Data<AppState>,
    call: WriteCall,
    body: web::Json<CancellationBody>,
) -> Result<HttpResponse, Problem> {
    let plan = async { cancel(&body) };
    let reply = state.service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
