//! `POST /api/v1/dispensings/undo`: undoes a dispensing.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;
use theriac_partner::answer::{DoneAnswer, WriteAnswer};
use theriac_partner::operation::status::{UndoBody, undo_dispensing as plan_undo};
use theriac_partner::service::Service;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/dispensings/undo", web::post().to(undo_dispensing));
}

/// Undoes the dispensing of packs, at most ten days later and at the same premises.
#[utoipa::path(
    post,
    path = "/api/v1/dispensings/undo",
    operation_id = "undo_dispensing",
    tag = "dispensings",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = UndoBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn undo_dispensing(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<UndoBody>,
) -> Result<HttpResponse, Problem> {
    let plan = plan_undo(service.desk(), &body);
    let reply = service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
