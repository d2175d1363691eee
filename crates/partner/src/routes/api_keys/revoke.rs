//! `DELETE /api/v1/api-keys/{id}`: revokes an API key.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::call::AdminCall;
use theriac_http::description::SignedInProblems;
use theriac_http::problem::{Problem, ProblemBody};

use crate::people::People;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/api-keys/{id}", web::delete().to(revoke_api_key));
}

/// Revokes an API key: the next request with it is refused.
#[utoipa::path(
    delete,
    path = "/api/v1/api-keys/{id}",
    operation_id = "revoke_api_key",
    tag = "api-keys",
    params(("id" = String, Path, description = "The key's id")),
    responses(
        (status = 204, description = "Revoked"),
        (status = 404, description = "No such key, or revoked before", body = ProblemBody, content_type = "application/problem+json"),
        SignedInProblems,
    ),
    security(("session" = []), ("api_key" = [])),
)]
pub async fn revoke_api_key(
    people: web::Data<People>,
    call: AdminCall,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let name = people.revoke_key(&id).await?;
    call.note.set_meaning(format!("revoke API key {name}"));
    Ok(HttpResponse::NoContent().finish())
}
