//! `GET /api/v1/bags`: the bags that there are.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use theriac_http::call::ReadCall;
use theriac_http::description::ListProblems;
use theriac_http::paging::{self, PageQuery};
use theriac_http::problem::Problem;
use theriac_partner::bag::{BagsAnswer, list};
use theriac_partner::service::Service;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/bags", web::get().to(list_bags));
}

/// The bags that there are, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/bags",
    operation_id = "list_bags",
    tag = "bags",
    params(PageQuery),
    responses(
        (status = 200, description = "A page", body = BagsAnswer),
        ListProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn list_bags(
    service: web::Data<Service>,
    _call: ReadCall,
    request: HttpRequest,
    query: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let body = list(service.desk(), &query).await?;
    Ok(paging::answer(&request, &body, body.next.as_deref()))
}
