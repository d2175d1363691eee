//! `POST /api/v1/webhooks/{id}/deliveries/{delivery}/replay`: sends a delivery again.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::call::AdminCall;
use theriac_http::description::SignedInProblems;
use theriac_http::problem::{Problem, ProblemBody};

use crate::webhook::Webhooks;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route(
        "/api/v1/webhooks/{id}/deliveries/{delivery}/replay",
        web::post().to(replay_delivery),
    );
}

/// Sends a delivery again, whatever became of it, with the same id.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks/{id}/deliveries/{delivery}/replay",
    operation_id = "replay_delivery",
    tag = "webhooks",
    params(
        ("id" = String, Path, description = "The webhook's id"),
        ("delivery" = String, Path, description = "The delivery's id"),
    ),
    responses(
        (status = 202, description = "It is sent again"),
        (status = 404, description = "No such webhook or delivery", body = ProblemBody, content_type = "application/problem+json"),
        SignedInProblems,
    ),
    security(("session" = []), ("api_key" = [])),
)]
pub async fn replay_delivery(
    webhooks: web::Data<Webhooks>,
    call: AdminCall,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, delivery) = path.into_inner();
    webhooks.replay(&id, &delivery).await?;
    call.note
        .set_meaning(format!("send delivery {delivery} of webhook {id} again"));
    Ok(HttpResponse::Accepted().finish())
}
