//! `DELETE /api/v1/sessions/current`: signs out.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use theriac_http::description::SignedInProblems;
use theriac_http::identity::ApiUser;
use theriac_http::problem::Problem;
use theriac_http::witness::Note;

use super::create::set_cookie;
use crate::people::People;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route(
        "/api/v1/sessions/current",
        web::delete().to(end_current_session),
    );
}

/// Signs out: the session ends, here and on every other machine that has its cookie.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions/current",
    operation_id = "end_current_session",
    tag = "sessions",
    responses(
        (status = 204, description = "Signed out"),
        SignedInProblems,
    ),
    security(("session" = [])),
)]
pub async fn end_current_session(
    people: web::Data<People>,
    caller: ApiUser,
    note: Note,
) -> Result<HttpResponse, Problem> {
    note.set_meaning("sign out");
    let cookie = people.sign_out(&caller).await?;
    let mut response = HttpResponse::NoContent().finish();
    set_cookie(&mut response, &cookie);
    Ok(response)
}
