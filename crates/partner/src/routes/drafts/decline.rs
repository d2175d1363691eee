//! `POST /api/v1/drafts/{id}/refusal`: declines a draft, or takes back one's own.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::api_key::ApiUser;
use theriac_http::body::Body;
use theriac_http::call::{WriteCall, WriteQuery};
use theriac_http::description::{IdempotencyHeader, WriteProblems};
use theriac_http::problem::{Problem, ProblemBody};

use super::DecisionBody;
use crate::answer::DraftAnswer;
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/drafts/{id}/refusal", web::post().to(decline_draft));
}

/// Declines a draft; its author may take it back so. Nothing of it goes on the ledger.
#[utoipa::path(
    post,
    path = "/api/v1/drafts/{id}/refusal",
    operation_id = "decline_draft",
    tag = "drafts",
    params(
        ("id" = String, Path, description = "The draft"),
        WriteQuery,
        IdempotencyHeader,
    ),
    request_body = DecisionBody,
    responses(
        (status = 200, description = "Declined; or, in a dry run, as it stands", body = DraftAnswer),
        (status = 404, description = "No such draft", body = ProblemBody),
        WriteProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn decline_draft(
    service: web::Data<Service>,
    call: WriteCall,
    user: ApiUser,
    id: web::Path<String>,
    body: Body<DecisionBody>,
) -> Result<Json<DraftAnswer>, Problem> {
    let note = body.note.as_deref();
    let drafts = service.drafts();
    Ok(Json(
        drafts.decline(&service, (&call, &user), &id, note).await?,
    ))
}
