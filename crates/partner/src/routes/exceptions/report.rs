//! `POST /api/v1/exceptions`: reports what is wrong with a delivery.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::Problem;

use crate::answer::{DoneAnswer, WriteAnswer};
use crate::operation::exception::{ReportBody, report};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/exceptions", web::post().to(report_exception));
}

/// Reports what is wrong with a delivery to whoever delivered it.
#[utoipa::path(
    post,
    path = "/api/v1/exceptions",
    operation_id = "report_exception",
    tag = "exceptions",
    params(
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = ReportBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = DoneAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn report_exception(
    service: web::Data<Service>,
    call: WriteCall,
    body: Body<ReportBody>,
) -> Result<HttpResponse, Problem> {
    let plan = report(service.desk(), &body);
    let reply = service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
