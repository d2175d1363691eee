//! `POST /api/v1/unlocks`: ends a quarantine.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::call::{WriteCall, WriteQuery, respond};
use theriac_http::problem::{Problem, ProblemBody};
use theriac_partner::answer::WriteAnswer;
use theriac_partner::operation::status::{CodesBody, unlock};

use crate::state::AppState;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/unlocks", web::post().to(create_unlock));
}

/// Ends the quarantine of packs.
#[utoipa::path(
    post,
    path = "/api/v1/unlocks",
    operation_id = "create_unlock",
    tag = "unlocks",
    params(
        WriteQuery,
        (
            "Idempotency-Key" = String,
            Header,
            description = "1 to 64 visible characters; the same key again repeats the answer",
        ),
    ),
    request_body = CodesBody,
    responses(
        (status = 200, description = "On the ledger; or what a dry run would do", body = WriteAnswer),
        (status = 202, description = "Kept, and sent when a node answers", body = WriteAnswer),
        (status = 400, description = "No idempotency key, or malformed", body = ProblemBody),
        (status = 401, description = "No API key, or an unknown one", body = ProblemBody),
        (status = 403, description = "The API key may not write", body = ProblemBody),
        (status = 409, description = "The present state refuses it", body = ProblemBody),
        (status = 422, description = "Something in the request is wrong", body = ProblemBody),
        (status = 503, description = "The database does not take it", body = ProblemBody),
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn create_unlock(
    state: web::Data<AppState>,
    call: WriteCall,
    body: web::Json<CodesBody>,
) -> Result<HttpResponse, Problem> {
    let plan = unlock(state.service.desk(), &body);
    let reply = state.service.write_json(&call, &*body, plan).await?;
    Ok(respond(reply.status(), &reply))
}
