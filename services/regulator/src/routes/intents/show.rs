//! `GET /api/v1/intents/{id}`

use actix_web::web::{self, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::problem::{Problem, ProblemBody};
use theriac_partner::answer::IntentAnswer;
use theriac_partner::service::Service;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/intents/{id}", web::get().to(show_intent));
}

/// Where a recall stands that was not final at once.
#[utoipa::path(
    get,
    path = "/api/v1/intents/{id}",
    operation_id = "show_intent",
    tag = "intents",
    params(("id" = String, Path, description = "The intent that the answer named")),
    responses(
        (status = 200, description = "Where it stands", body = IntentAnswer),
        (status = 401, description = "No API key, or a wrong one", body = ProblemBody),
        (status = 403, description = "The key may not read", body = ProblemBody),
        (status = 404, description = "There is none", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn show_intent(
    service: web::Data<Service>,
    _call: ReadCall,
    id: web::Path<String>,
) -> Result<web::Json<IntentAnswer>, Problem> {
    Ok(web::Json(service.intent(&id).await?))
}
