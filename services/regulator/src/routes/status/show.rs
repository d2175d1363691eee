//! `GET /api/v1/status`

use actix_web::web::{self, ServiceConfig};
use theriac_http::api_key::ApiUser;
use theriac_http::problem::{Problem, ProblemBody};

use crate::body::StatusBody;
use crate::routes::check_reader;
use crate::state::AppState;

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
        (status = 200, description = "How it stands", body = StatusBody),
        (status = 401, description = "No API key, or a wrong one", body = ProblemBody),
        (status = 403, description = "The key may not read", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn show_status(
    state: web::Data<AppState>,
    user: ApiUser,
) -> Result<web::Json<StatusBody>, Problem> {
    check_reader(&user)?;
    let standing = state.follows.standing();
    let own = state.names().await?.party(&state.account);
    Ok(web::Json(StatusBody {
        service: "regulator".to_owned(),
        organisation: own.organisation,
        account: own.account,
        height: standing.height,
        node: state.node.clone(),
        connected: standing.is_connected,
        lag: standing.lag,
    }))
}
