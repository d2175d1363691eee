//! `POST /api/v1/users`: adds a user.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use serde::Deserialize;
use theriac_http::body::Body;
use theriac_http::call::{AdminCall, respond};
use theriac_http::description::AdminProblems;
use theriac_http::problem::Problem;
use utoipa::ToSchema;

use crate::people::{NewUser, People};
use crate::routes::sessions::show::{UserAnswer, user_answer};
use crate::routes::users::update::RoleBody;

/// A user to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUserBody {
    /// The name to sign in with: 1 to 64 of `a-z`, `0-9`, `.`, `_`, `-` and `@`.
    #[schema(pattern = "^[a-z0-9][a-z0-9._@-]{0,63}$", example = "anna")]
    pub name: String,
    /// What the user may do.
    pub role: RoleBody,
    /// The first password: 12 to 128 characters.
    #[schema(format = Password, min_length = 12, max_length = 128)]
    pub password: String,
}

impl std::fmt::Debug for NewUserBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUserBody").finish_non_exhaustive()
    }
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/users", web::post().to(create_user));
}

/// Adds a user. A name stands for one person for good.
#[utoipa::path(
    post,
    path = "/api/v1/users",
    operation_id = "create_user",
    tag = "users",
    request_body = NewUserBody,
    responses(
        (status = 201, description = "Added", body = UserAnswer),
        AdminProblems,
    ),
    security(("session" = []), ("api_key" = [])),
)]
pub async fn create_user(
    people: web::Data<People>,
    call: AdminCall,
    body: Body<NewUserBody>,
) -> Result<HttpResponse, Problem> {
    let new = NewUser {
        name: &body.name,
        role: body.role.into(),
        password: &body.password,
    };
    let user = people.add_user(new).await?;
    let answer = user_answer(&user);
    call.note
        .set_meaning(format!("add user {} as {}", answer.name, answer.role));
    Ok(respond(201, &answer))
}
