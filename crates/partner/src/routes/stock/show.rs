//! `GET /api/v1/stock`: what the account holds.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
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
    responses(
        (status = 200, description = "Found", body = StockAnswer),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn show_stock(
    service: web::Data<Service>,
    _call: ReadCall,
) -> Result<Json<StockAnswer>, Problem> {
    Ok(Json(stock(service.desk()).await?))
}
