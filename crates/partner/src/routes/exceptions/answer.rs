//! `POST /api/v1/exceptions/{exception}/answers`: answers the other side.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::{Problem, ProblemBody};

use crate::answer::{DoneAnswer, WriteAnswer};
use crate::operation::exception::{AnswerBody, answer};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route(
        "/api/v1/exceptions/{exception}/answers",
        web::post().to(answer_exception),
    );
}

/// Answers the other side of a case: accepts, rejects, or proposes what is to be done.
#[utoipa::path(
    post,
    path = "/api/v1/exceptions/{exception}/answers",
    operation_id = "answer_exception",
    tag = "exceptions",
    params(
        ("exception" = String, Path, description = "The case"),
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = AnswerBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        (status = 404, description = "No such case of yours", body = ProblemBody),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn answer_exception(
    service: web::Data<Service>,
    call: WriteCall,
    exception: web::Path<String>,
    body: Body<AnswerBody>,
) -> Result<HttpResponse, Problem> {
    let plan = answer(service.desk(), &exception, &body);
    let reply = service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
