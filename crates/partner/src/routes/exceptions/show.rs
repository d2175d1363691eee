//! `GET /api/v1/exceptions/{exception}`: one case.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody};

use crate::exception::view::{CaseAnswer, show};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route(
        "/api/v1/exceptions/{exception}",
        web::get().to(show_exception),
    );
}

/// One case, as both sides see it.
#[utoipa::path(
    get,
    path = "/api/v1/exceptions/{exception}",
    operation_id = "show_exception",
    tag = "exceptions",
    params(("exception" = String, Path, description = "The case")),
    responses(
        (status = 200, description = "Found", body = CaseAnswer),
        (status = 404, description = "No such case of yours", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn show_exception(
    service: web::Data<Service>,
    _call: ReadCall,
    exception: web::Path<String>,
) -> Result<Json<CaseAnswer>, Problem> {
    Ok(Json(show(service.desk(), &exception).await?))
}
