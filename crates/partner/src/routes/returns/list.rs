//! `GET /api/v1/returns`: what came back and is held still.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use theriac_http::call::ReadCall;
use theriac_http::description::ListProblems;
use theriac_http::paging::{self, PageQuery};
use theriac_http::problem::Problem;

use crate::returns::{ReturnsAnswer, returns};
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/returns", web::get().to(list_returns));
}

/// What came back and is held still, with how many packs wait to be verified.
#[utoipa::path(
    get,
    path = "/api/v1/returns",
    operation_id = "list_returns",
    tag = "returns",
    params(PageQuery),
    responses(
        (status = 200, description = "Found", body = ReturnsAnswer),
        ListProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn list_returns(
    service: web::Data<Service>,
    _call: ReadCall,
    request: HttpRequest,
    query: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let body = returns(service.desk(), &query).await?;
    Ok(paging::answer(&request, &body, body.next.as_deref()))
}
