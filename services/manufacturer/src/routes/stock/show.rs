//! `GET /api/v1/stock`: what the account holds.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::problem::{Problem, ProblemBody};
use theriac_partner::view::{StockAnswer, stock};

use crate::state::AppState;

pub(crate) fn configure(config: &mut ServiceConfig) {
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
        (status = 401, description = "No API key, or an unknown one", body = ProblemBody),
        (status = 403, description = "The API key may not read", body = ProblemBody),
        (status = 503, description = "The database does not answer", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn show_stock(
    state: web::Data<AppState>,
    _call: ReadCall,
) -> Result<Json<StockAnswer>, Problem> {
    Ok(Json(stock(state.service.desk()).await?))
}
