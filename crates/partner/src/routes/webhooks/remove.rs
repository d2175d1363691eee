//! `DELETE /api/v1/webhooks/{id}`: removes a webhook.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::call::AdminCall;
use theriac_http::description::SignedInProblems;
use theriac_http::problem::{Problem, ProblemBody};

use crate::webhook::Webhooks;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/webhooks/{id}", web::delete().to(remove_webhook));
}

/// Removes a webhook: nothing is sent to it any more.
#[utoipa::path(
    delete,
    path = "/api/v1/webhooks/{id}",
    operation_id = "remove_webhook",
    tag = "webhooks",
    params(("id" = String, Path, description = "The webhook's id")),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "No such webhook", body = ProblemBody, content_type = "application/problem+json"),
        SignedInProblems,
    ),
    security(("session" = []), ("api_key" = [])),
)]
pub async fn remove_webhook(
    webhooks: web::Data<Webhooks>,
    call: AdminCall,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    webhooks.remove(&id).await?;
    call.note.set_meaning(format!("remove webhook {id}"));
    Ok(HttpResponse::NoContent().finish())
}
