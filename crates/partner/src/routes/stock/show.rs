//! `GET /api/v1/stock`: what the account holds.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use theriac_http::call::ReadCall;
use theriac_http::description::ListProblems;
use theriac_http::paging::{self, PageQuery};
use theriac_http::problem::Problem;

use crate::service::Service;
use crate::view::{StockAnswer, stock};

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/stock", web::get().to(show_stock));
}

/// What the account holds, by batch and status; first what expires first.
#[utoipa::path(
    get,
    path = "/api/v1/stock",
    operation_id = "show_stock",
    tag = "stock",
    params(PageQuery),
    responses(
        (status = 200, description = "Found", body = StockAnswer),
        ListProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn show_stock(
    service: web::Data<Service>,
    _call: ReadCall,
    request: HttpRequest,
    query: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let body = stock(service.desk(), &query).await?;
    Ok(paging::answer(&request, &body, body.next.as_deref()))
}
