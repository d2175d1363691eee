//! `GET /api/v1/drafts/{id}`: one draft.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody};

use crate::answer::DraftAnswer;
use crate::draft;
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/drafts/{id}", web::get().to(show_draft));
}

/// One draft: what it would put on the ledger, in words.
#[utoipa::path(
    get,
    path = "/api/v1/drafts/{id}",
    operation_id = "show_draft",
    tag = "drafts",
    params(("id" = String, Path, description = "The draft")),
    responses(
        (status = 200, description = "Found", body = DraftAnswer),
        (status = 404, description = "No such draft", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn show_draft(
    service: web::Data<Service>,
    _call: ReadCall,
    id: web::Path<String>,
) -> Result<Json<DraftAnswer>, Problem> {
    Ok(Json(draft::find(&service, &id).await?.into()))
}
