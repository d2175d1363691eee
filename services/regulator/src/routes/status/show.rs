//! `GET /api/v1/status`

use actix_web::web::{self, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::problem::{Problem, ProblemBody};
use theriac_partner::service::{Service, StatusAnswer};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/status", web::get().to(show_status));
}

/// How the service stands.
#[utoipa::path(
    get,
    path = "/api/v1/status",
    operation_id = "show_status",
    tag = "status",
    responses(
        (status = 200, description = "How it stands", body = StatusAnswer),
        (status = 401, description = "No API key, or a wrong one", body = ProblemBody),
        (status = 403, description = "The key may not read", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn show_status(
    service: web::Data<Service>,
    _call: ReadCall,
) -> Result<web::Json<StatusAnswer>, Problem> {
    Ok(web::Json(service.status().await?))
}
