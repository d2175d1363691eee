//! `GET /api/v1/exceptions`: what is wrong with deliveries from and to the account.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use theriac_http::call::ReadCall;
use theriac_http::description::ListProblems;
use theriac_http::paging;
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
        (status = 422, description = "An unknown word", body = ProblemBody),
        ListProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn list_exceptions(
    service: web::Data<Service>,
    _call: ReadCall,
    request: HttpRequest,
    query: web::Query<CasesQuery>,
) -> Result<HttpResponse, Problem> {
    let body = cases(service.desk(), &query).await?;
    Ok(paging::answer(&request, &body, body.next.as_deref()))
}
