//! `POST /api/v1/exceptions/{exception}/settlement`: settles a case.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::{Problem, ProblemBody};

use crate::answer::{DoneAnswer, WriteAnswer};
use crate::operation::exception::{SettlementBody, settle};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route(
        "/api/v1/exceptions/{exception}/settlement",
        web::post().to(settle_exception),
    );
}

/// Settles a case, with the act on the ledger that does what is to be done, where there is one.
#[utoipa::path(
    post,
    path = "/api/v1/exceptions/{exception}/settlement",
    operation_id = "settle_exception",
    tag = "exceptions",
    params(
        ("exception" = String, Path, description = "The case"),
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = SettlementBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        (status = 404, description = "No such case of yours", body = ProblemBody),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn settle_exception(
    service: web::Data<Service>,
    call: WriteCall,
    exception: web::Path<String>,
    body: Body<SettlementBody>,
) -> Result<HttpResponse, Problem> {
    let plan = settle(service.desk(), &exception, &body);
    let reply = service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
