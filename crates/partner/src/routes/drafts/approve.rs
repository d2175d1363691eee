//! `POST /api/v1/drafts/{id}/approval`: a second person approves a draft.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{ApproveCall, WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::{Problem, ProblemBody};

use super::DecisionBody;
use crate::answer::{DoneAnswer, WriteAnswer};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route(
        "/api/v1/drafts/{id}/approval",
        web::post().to(approve_draft),
    );
}

/// Approves a draft of somebody else: it is checked anew, and put on the ledger.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{id}/approval",
    operation_id = "approve_draft",
    tag = "drafts",
    params(
        ("id" = String, Path, description = "The draft"),
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = DecisionBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        (status = 404, description = "No such draft", body = ProblemBody),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn approve_draft(
    service: web::Data<Service>,
    call: WriteCall,
    _approver: ApproveCall,
    id: web::Path<String>,
    body: Body<DecisionBody>,
) -> Result<HttpResponse, Problem> {
    let note = body.note.as_deref();
    let drafts = service.drafts();
    let reply = Box::pin(drafts.approve(&service, &call, &id, note)).await?;
    Ok(respond(reply.status(), &reply))
}
