//! `POST /api/v1/sessions/current/switch`: hands a shared till to somebody else.

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
use crate::people::People;

/// To whom the till goes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchBody {
    /// The user's name.
    #[schema(example = "ben")]
    pub user: String,
    /// The user's PIN.
    #[schema(format = Password, example = "2580")]
    pub pin: String,
}

impl std::fmt::Debug for SwitchBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SwitchBody").finish_non_exhaustive()
    }
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route(
        "/api/v1/sessions/current/switch",
        web::post().to(switch_current_session),
    );
}

/// Hands the session to somebody who gives a PIN.
///
/// It then carries at most the role of an operator. Five wrong PINs lock a PIN until its user signs in with the password.
#[utoipa::path(
    post,
    path = "/api/v1/sessions/current/switch",
    operation_id = "switch_current_session",
    tag = "sessions",
    request_body = SwitchBody,
    responses(
        (status = 200, description = "Switched", body = UserAnswer, headers(("Set-Cookie" = String, description = "The session under a new token"))),
        SignInProblems,
    ),
    security(("session" = [])),
)]
pub async fn switch_current_session(
    people: web::Data<People>,
    caller: ApiUser,
    request: HttpRequest,
    note: Note,
    body: Body<SwitchBody>,
) -> Result<HttpResponse, Problem> {
    note.set_meaning("hand the till to another user");
    let name = body.user.to_ascii_lowercase();
    let network = address_of(&request);
    let outcome = people.switch(&caller, &name, &body.pin, network).await;
    if let Some(user) = people.find(&name).await? {
        let words = if outcome.is_ok() {
            "hand"
        } else {
            "fail to hand"
        };
        note.set_meaning(format!("{words} the till to user {}", user.name));
    }
    Ok(signed_in(&outcome?, 200))
}
