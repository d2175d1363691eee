//! `PATCH /api/v1/users/{name}`: changes a user.

use actix_web::web::{self, Json, ServiceConfig};
use serde::{Deserialize, Serialize};
use theriac_http::body::Body;
use theriac_http::call::AdminCall;
use theriac_http::description::AdminProblems;
use theriac_http::problem::{Problem, ProblemBody};
use theriac_records::repository::users::Role;
use utoipa::ToSchema;

use crate::people::{Change, People};
use crate::routes::sessions::show::{UserAnswer, user_answer};

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RoleBody {
    /// Reads.
    Viewer,
    /// Reads and writes.
    Operator,
    /// Also approves what others drafted.
    Approver,
    /// Also administers users, keys and webhooks, and reads the audit trail.
    Administrator,
}

impl From<RoleBody> for Role {
    fn from(role: RoleBody) -> Self {
        match role {
            RoleBody::Viewer => Self::Viewer,
            RoleBody::Operator => Self::Operator,
            RoleBody::Approver => Self::Approver,
            RoleBody::Administrator => Self::Administrator,
        }
    }
}

/// What is to change of a user; what is absent stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct UserChangeBody {
    /// What the user may do from now on.
    pub role: Option<RoleBody>,
    /// Whether the user is kept out; all sessions end.
    pub disabled: Option<bool>,
    /// A new password; all sessions end.
    #[schema(format = Password, min_length = 12, max_length = 128)]
    pub password: Option<String>,
    /// A new PIN for shared tills.
    #[schema(format = Password, pattern = "^[0-9]{4,8}$")]
    pub pin: Option<String>,
}

impl std::fmt::Debug for UserChangeBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserChangeBody").finish_non_exhaustive()
    }
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/users/{name}", web::patch().to(update_user));
}

/// Changes a user: role, password, PIN, or whether the user is kept out. The last administrator stays.
#[utoipa::path(
    patch,
    path = "/api/v1/users/{name}",
    operation_id = "update_user",
    tag = "users",
    params(("name" = String, Path, description = "The user's name")),
    request_body = UserChangeBody,
    responses(
        (status = 200, description = "Changed", body = UserAnswer),
        (status = 404, description = "No such user", body = ProblemBody, content_type = "application/problem+json"),
        AdminProblems,
    ),
    security(("session" = []), ("api_key" = [])),
)]
pub async fn update_user(
    people: web::Data<People>,
    call: AdminCall,
    name: web::Path<String>,
    body: Body<UserChangeBody>,
) -> Result<Json<UserAnswer>, Problem> {
    let change = Change {
        role: body.role.map(Role::from),
        disabled: body.disabled,
        password: body.password.as_deref(),
        pin: body.pin.as_deref(),
    };
    let user = people.change_user(&name, change).await?;
    let answer = user_answer(&user);
    call.note.set_meaning(words(&answer, &body));
    Ok(Json(answer))
}

fn words(user: &UserAnswer, body: &UserChangeBody) -> String {
    let mut words = Vec::new();
    if body.role.is_some() {
        words.push(format!("make user {} {}", user.name, user.role));
    }
    match body.disabled {
        Some(true) => words.push(format!("keep user {} out", user.name)),
        Some(false) => words.push(format!("let user {} in", user.name)),
        None => {}
    }
    if body.password.is_some() {
        words.push(format!("set a new password for user {}", user.name));
    }
    if body.pin.is_some() {
        words.push(format!("set a new PIN for user {}", user.name));
    }
    if words.is_empty() {
        words.push(format!("change nothing of user {}", user.name));
    }
    words.join("; ")
}
