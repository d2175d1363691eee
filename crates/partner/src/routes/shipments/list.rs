//! `GET /api/v1/shipments`: shipments from and to the account.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use theriac_http::call::ReadCall;
use theriac_http::description::ListProblems;
use theriac_http::paging;
use theriac_http::problem::{Problem, ProblemBody};

use crate::service::Service;
use crate::view::{ShipmentsAnswer, ShipmentsQuery, shipments};

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/shipments", web::get().to(list_shipments));
}

/// Shipments from and to the account, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/shipments",
    operation_id = "list_shipments",
    tag = "shipments",
    params(ShipmentsQuery),
    responses(
        (status = 200, description = "Found", body = ShipmentsAnswer),
        (status = 422, description = "The direction or the state is no word of the list", body = ProblemBody, content_type = "application/problem+json"),
        ListProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn list_shipments(
    service: web::Data<Service>,
    _call: ReadCall,
    request: HttpRequest,
    query: web::Query<ShipmentsQuery>,
) -> Result<HttpResponse, Problem> {
    let body = shipments(service.desk(), &query).await?;
    Ok(paging::answer(&request, &body, body.next.as_deref()))
}
