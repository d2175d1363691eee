//! `POST /api/v1/recalls`: recalls a batch.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;

use crate::answer::{DoneAnswer, KeptAnswer};
use crate::draft::DraftedRequest;
use crate::operation::recall::RecallBody;
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/recalls", web::post().to(create_recall));
}

/// Recalls a batch. It cannot be taken back.
#[utoipa::path(
    post,
    path = "/api/v1/recalls",
    operation_id = "create_recall",
    tag = "recalls",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = RecallBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers; or waits for a second person", body = KeptAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn create_recall(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<RecallBody>,
) -> Result<HttpResponse, Problem> {
    let request = DraftedRequest::Recall(body.into_inner());
    let drafts = service.drafts();
    let reply = Box::pin(drafts.write(&service, &call, &request, None)).await?;
    Ok(respond(reply.status(), &reply))
}
