//! `POST /api/v1/recalls`

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::problem::{Problem, ProblemBody};
use theriac_partner::answer::WriteAnswer;
use theriac_partner::operation::recall::{RecallBody, recall};
use theriac_partner::service::Service;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/recalls", web::post().to(create_recall));
}

/// Recalls a batch of any maker, signed by the regulator. It cannot be taken back.
#[utoipa::path(
    post,
    path = "/api/v1/recalls",
    operation_id = "create_recall",
    tag = "recalls",
    params(
        WriteQuery,
        ("Idempotency-Key" = String, Header, description = "1 to 64 visible characters"),
    ),
    request_body = RecallBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = WriteAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        (status = 400, description = "No idempotency key, or malformed", body = ProblemBody),
        (status = 401, description = "No API key, or a wrong one", body = ProblemBody),
        (status = 403, description = "The key may not write", body = ProblemBody),
        (status = 409, description = "The present state refuses it", body = ProblemBody),
        (status = 422, description = "Something in the request is wrong", body = ProblemBody),
        (status = 503, description = "The database does not take it", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn create_recall(
    service: web::Data<Service>,
    call: WriteCall,
    body: web::Json<RecallBody>,
) -> Result<HttpResponse, Problem> {
    let plan = recall(service.desk(), &body);
    let reply = service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
