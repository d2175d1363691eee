//! `POST /api/v1/batches`: makes a batch with new serial numbers.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;
use theriac_partner::answer::{DoneAnswer, KeptAnswer};
use theriac_partner::draft::DraftedRequest;
use theriac_partner::operation::batch::BatchBody;
use theriac_partner::service::Service;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/batches", web::post().to(create_batch));
}

/// Brings the packs of a batch into being, with serial numbers given here.
#[utoipa::path(
    post,
    path = "/api/v1/batches",
    operation_id = "create_batch",
    tag = "batches",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = BatchBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers; or waits for a second person", body = KeptAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn create_batch(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<BatchBody>,
) -> Result<HttpResponse, Problem> {
    let request = DraftedRequest::Batch(body.into_inner());
    let drafts = service.drafts();
    let reply = Box::pin(drafts.write(&service, &call, &request, None)).await?;
    Ok(respond(reply.status(), &reply))
}
