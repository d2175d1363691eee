//! `GET /api/v1/intents/{id}`: where an intent stands.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::problem::{Problem, ProblemBody};
use theriac_partner::answer::IntentAnswer;

use crate::state::AppState;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/intents/{id}", web::get().to(show_intent));
}

/// Where an intent stands.
#[utoipa::path(
    get,
    path = "/api/v1/intents/{id}",
    operation_id = "show_intent",
    tag = "intents",
    params(("id" = String, Path, description = "The intent of an answer")),
    responses(
        (status = 200, description = "Found", body = IntentAnswer),
        (status = 401, description = "No API key, or an unknown one", body = ProblemBody),
        (status = 403, description = "The API key may not read", body = ProblemBody),
        (status = 404, description = "No such intent", body = ProblemBody),
        (status = 503, description = "The database does not answer", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn show_intent(
    state: web::Data<AppState>,
    _call: ReadCall,
    id: web::Path<String>,
) -> Result<Json<IntentAnswer>, Problem> {
    Ok(Json(state.service.intent(&id).await?))
}
