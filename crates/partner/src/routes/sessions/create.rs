//! `POST /api/v1/sessions`: signs in.

use actix_web::http::header;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use theriac_http::body::Body;
use theriac_http::client_address::address_of;
use theriac_http::description::SignInProblems;
use theriac_http::problem::Problem;
use theriac_http::witness::Note;
use utoipa::ToSchema;

use super::show::{UserAnswer, user_answer};
use crate::people::{Opened, People, check_same_site};

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInBody {
    /// The user's name.
    #[schema(example = "anna")]
    pub user: String,
    /// The password.
    #[schema(format = Password)]
    pub password: String,
}

impl std::fmt::Debug for SignInBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignInBody").finish_non_exhaustive()
    }
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/sessions", web::post().to(create_session));
}

/// Signs in with a name and a password. The answer sets a cookie that scripts cannot read.
#[utoipa::path(
    post,
    path = "/api/v1/sessions",
    operation_id = "create_session",
    tag = "sessions",
    request_body = SignInBody,
    responses(
        (status = 201, description = "Signed in", body = UserAnswer, headers(("Set-Cookie" = String, description = "The session"))),
        SignInProblems,
    ),
    security(()),
)]
pub async fn create_session(
    people: web::Data<People>,
    request: HttpRequest,
    note: Note,
    body: Body<SignInBody>,
) -> Result<HttpResponse, Problem> {
    note.set_meaning("sign in");
    check_same_site(request.method(), request.headers())?;
    let name = body.user.to_ascii_lowercase();
    let network = address_of(&request);
    let outcome = people.sign_in(&name, &body.password, network).await;
    let opened = match outcome {
        Ok(opened) => opened,
        Err(problem) => {
            // People type passwords into the wrong field: only a name that exists is written down.
            if let Some(user) = people.find(&name).await? {
                note.set_meaning(format!("fail to sign in as user {}", user.name));
            }
            return Err(problem);
        }
    };
    note.set_who(opened.who.clone());
    Ok(signed_in(&opened, 201))
}

/// The answer that hands a session to its browser.
pub(super) fn signed_in(opened: &Opened, status: u16) -> HttpResponse {
    let mut response = theriac_http::call::respond(status, &user_answer(&opened.user));
    set_cookie(&mut response, &opened.set_cookie);
    response
}

pub(super) fn set_cookie(response: &mut HttpResponse, cookie: &str) {
    let value = header::HeaderValue::from_str(cookie)
        .expect("tokens and names of cookies are visible ASCII");
    response.headers_mut().insert(header::SET_COOKIE, value);
}
