//! `GET /api/v1/shipments`: shipments from and to the account.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::Problem;

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
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn list_shipments(
    service: web::Data<Service>,
    _call: ReadCall,
    query: web::Query<ShipmentsQuery>,
) -> Result<Json<ShipmentsAnswer>, Problem> {
    Ok(Json(shipments(service.desk(), &query).await?))
}
