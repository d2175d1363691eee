//! `GET /api/v1/status`: where the service stands.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::problem::{Problem, ProblemBody};
use theriac_partner::service::StatusAnswer;

use crate::state::AppState;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/status", web::get().to(show_status));
}

/// Where the service stands.
#[utoipa::path(
    get,
    path = "/api/v1/status",
    operation_id = "show_status",
    tag = "status",
    responses(
        (status = 200, description = "Found", body = StatusAnswer),
        (status = 401, description = "No API key, or an unknown one", body = ProblemBody),
        (status = 403, description = "The API key may not read", body = ProblemBody),
        (status = 503, description = "The database does not answer", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn show_status(
    state: web::Data<AppState>,
    _call: ReadCall,
) -> Result<Json<StatusAnswer>, Problem> {
    Ok(Json(state.service.status().await?))
}
