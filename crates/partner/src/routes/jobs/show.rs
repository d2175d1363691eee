//! `GET /api/v1/jobs/{id}`: how far a request has come.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody};

use crate::job::{self, JobAnswer};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/jobs/{id}", web::get().to(show_job));
}

/// How far a request has come: its transactions and packs, and what of it was refused.
///
/// The id of a job is the first intent of the request, `intent` in its answer; of a captured document, the id of its
/// capture. What waits for a second person has no job before it is approved.
#[utoipa::path(
    get,
    path = "/api/v1/jobs/{id}",
    operation_id = "show_job",
    tag = "jobs",
    params(("id" = String, Path, description = "`intent` of the answer to a write (the first where there are several), or the id of a capture: the last part of its `Location`")),
    responses(
        (status = 200, description = "Found", body = JobAnswer),
        (status = 404, description = "No such job", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn show_job(
    service: web::Data<Service>,
    _call: ReadCall,
    id: web::Path<String>,
) -> Result<Json<JobAnswer>, Problem> {
    Ok(Json(job::show_job(&service, &id).await?))
}
