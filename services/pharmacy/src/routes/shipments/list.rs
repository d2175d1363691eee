//! `GET /api/v1/shipments`: shipments from and to the account.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::problem::{Problem, ProblemBody};
use theriac_partner::view::{ShipmentsAnswer, ShipmentsQuery, shipments};

use crate::state::AppState;

pub(crate) fn configure(config: &mut ServiceConfig) {
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
        (status = 401, description = "No API key, or an unknown one", body = ProblemBody),
        (status = 403, description = "The API key may not read", body = ProblemBody),
        (status = 503, description = "The database does not answer", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn list_shipments(
    state: web::Data<AppState>,
    _call: ReadCall,
    query: web::Query<ShipmentsQuery>,
) -> Result<Json<ShipmentsAnswer>, Problem> {
    Ok(Json(shipments(state.service.desk(), &query).await?))
}
