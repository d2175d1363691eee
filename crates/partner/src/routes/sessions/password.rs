//! `PUT /api/v1/sessions/current/password`: changes one's own password.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use theriac_http::body::Body;
use theriac_http::client_address::address_of;
use theriac_http::description::SignInProblems;
use theriac_http::identity::ApiUser;
use theriac_http::problem::Problem;
use theriac_http::witness::Note;
use utoipa::ToSchema;

use super::create::signed_in;
use super::show::UserAnswer;
use crate::people::{People, user_of};

/// The present and the new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    /// The present password.
    #[schema(format = Password)]
    pub password: String,
    /// The new one: 12 to 128 characters.
    #[schema(format = Password, min_length = 12, max_length = 128)]
    pub new_password: String,
}

impl std::fmt::Debug for PasswordBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordBody").finish_non_exhaustive()
    }
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route(
        "/api/v1/sessions/current/password",
        web::put().to(change_own_password),
    );
}

/// Changes one's own password. Every session of the user ends, and this one goes on under a new token.
#[utoipa::path(
    put,
    path = "/api/v1/sessions/current/password",
    operation_id = "change_own_password",
    tag = "sessions",
    request_body = PasswordBody,
    responses(
        (status = 200, description = "Changed", body = UserAnswer, headers(("Set-Cookie" = String, description = "The new session"))),
        SignInProblems,
    ),
    security(("session" = [])),
)]
pub async fn change_own_password(
    people: web::Data<People>,
    caller: ApiUser,
    request: HttpRequest,
    note: Note,
    body: Body<PasswordBody>,
) -> Result<HttpResponse, Problem> {
    note.set_meaning("change the own password");
    let name = user_of(&caller)?;
    let network = address_of(&request);
    let user = people
        .change_password(name, &body.password, &body.new_password, network)
        .await?;
    Ok(signed_in(&people.open(user).await?, 200))
}
