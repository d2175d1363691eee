//! `PUT /api/v1/sessions/current/pin`: sets one's own PIN.

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

use crate::people::{People, user_of};

/// The password, and the PIN to set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PinBody {
    /// The password.
    #[schema(format = Password)]
    pub password: String,
    /// The PIN: 4 to 8 digits, neither a run nor one digit again and again.
    #[schema(format = Password, pattern = "^[0-9]{4,8}$", example = "2580")]
    pub pin: String,
}

impl std::fmt::Debug for PinBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PinBody").finish_non_exhaustive()
    }
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/sessions/current/pin", web::put().to(set_own_pin));
}

/// Sets one's own PIN for shared tills.
#[utoipa::path(
    put,
    path = "/api/v1/sessions/current/pin",
    operation_id = "set_own_pin",
    tag = "sessions",
    request_body = PinBody,
    responses(
        (status = 204, description = "Set"),
        SignInProblems,
    ),
    security(("session" = [])),
)]
pub async fn set_own_pin(
    people: web::Data<People>,
    caller: ApiUser,
    request: HttpRequest,
    note: Note,
    body: Body<PinBody>,
) -> Result<HttpResponse, Problem> {
    note.set_meaning("set the own PIN");
    let name = user_of(&caller)?;
    let network = address_of(&request);
    people
        .set_pin(name, &body.password, &body.pin, network)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
