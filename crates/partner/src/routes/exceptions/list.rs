//! `GET /api/v1/exceptions`: what is wrong with deliveries from and to the account.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody};

use crate::exception::view::{CasesAnswer, CasesQuery, cases};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/exceptions", web::get().to(list_exceptions));
}

/// What is wrong with deliveries from and to the account, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/exceptions",
    operation_id = "list_exceptions",
    tag = "exceptions",
    params(CasesQuery),
    responses(
        (status = 200, description = "Found", body = CasesAnswer),
        (status = 400, description = "A malformed query", body = ProblemBody),
        (status = 422, description = "An unknown word", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn list_exceptions(
    service: web::Data<Service>,
    _call: ReadCall,
    query: web::Query<CasesQuery>,
) -> Result<Json<CasesAnswer>, Problem> {
    Ok(Json(cases(service.desk(), &query).await?))
}
