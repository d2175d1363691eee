//! `GET /epcis/capture/{id}`: where the capture of a document stands.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody, ProblemCode};
use theriac_records::repository::captures::find_capture;

use super::exchange::{CaptureJob, named, with_headers};
use crate::operation::storage_problem;
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/epcis/capture/{id}", web::get().to(show_capture));
}

/// Where the capture of a document stands, and what of it was refused.
///
/// The id is the last part of the `Location` that taking the document in was answered with. The progress is at
/// `/api/v1/jobs/{id}`, under the same id.
#[utoipa::path(
    get,
    path = "/epcis/capture/{id}",
    operation_id = "show_capture",
    tag = "epcis",
    params(("id" = String, Path, description = "The capture")),
    responses(
        (status = 200, description = "Found", body = CaptureJob),
        (status = 404, description = "No such capture", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn show_capture(
    service: web::Data<Service>,
    call: Result<ReadCall, Problem>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    call.map_err(named)?;
    let found = find_capture(&service.desk().database, &id)
        .await
        .map_err(|error| named(storage_problem(&error)))?;
    let Some(found) = found else {
        return Err(named(Problem::new(
            ProblemCode::NotFound,
            "no capture has this id",
        )));
    };
    Ok(with_headers(HttpResponse::Ok()).json(CaptureJob::from(found)))
}
