//! `GET /api/v1/intents/{id}`: where an intent stands.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody};

use crate::answer::IntentAnswer;
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
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
        (status = 404, description = "No such intent", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn show_intent(
    service: web::Data<Service>,
    _call: ReadCall,
    id: web::Path<String>,
) -> Result<Json<IntentAnswer>, Problem> {
    Ok(Json(service.intent(&id).await?))
}
