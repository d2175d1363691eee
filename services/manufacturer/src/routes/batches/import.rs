//! `POST /api/v1/batches/csv`: makes a batch from a packaging line's file.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::check_plain_text;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_partner::answer::{DoneAnswer, KeptAnswer};
use theriac_partner::batch_file::FILE_BYTES_MAX;
use theriac_partner::draft::DraftedRequest;
use theriac_partner::operation::batch::BatchQuery;
use theriac_partner::service::Service;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/batches/csv", web::post().to(import_batch));
}

/// Brings the packs of a batch into being, with the serial numbers of a file.
///
/// One bad line refuses all; every bad line is named.
#[utoipa::path(
    post,
    path = "/api/v1/batches/csv",
    operation_id = "import_batch",
    tag = "batches",
    params(
        BatchQuery,
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body(
        content = String,
        content_type = "text/csv",
        description = "First line `serial`, or `serial,gtin,lot,expiry`; then one pack a line, in production order; at most 8 MiB and 100,000 packs",
    ),
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers; or waits for a second person", body = KeptAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn import_batch(
    service: web::Data<Service>,
    call: WriteCall,
    query: web::Query<BatchQuery>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let file = read_file(payload).await?;
    let request = DraftedRequest::BatchFile(query.into_inner());
    let drafts = service.drafts();
    let reply = Box::pin(drafts.write(&service, &call, &request, Some(file))).await?;
    Ok(respond(reply.status(), &reply))
}

async fn read_file(payload: web::Payload) -> Result<web::Bytes, Problem> {
    match payload.to_bytes_limited(FILE_BYTES_MAX).await {
        Ok(Ok(file)) => check_plain_text(&file).map(|()| file),
        Ok(Err(error)) => Err(Problem::foreign(error.as_response_error())),
        Err(_) => Err(Problem::new(
            ProblemCode::PayloadTooLarge,
            format!("the file is larger than the limit of {FILE_BYTES_MAX} bytes"),
        )
        .with_hint("split the batch into several files; each becomes further runs of it")),
    }
}
