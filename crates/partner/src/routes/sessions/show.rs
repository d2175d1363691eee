//! `GET /api/v1/sessions/current`: who the caller is.

use actix_web::web::{self, Json, ServiceConfig};
use serde::{Deserialize, Serialize};
use theriac_http::description::ReadProblems;
use theriac_http::identity::{ApiUser, Means};
use theriac_http::problem::Problem;
use theriac_records::repository::users::{Role, UserRecord};
use utoipa::ToSchema;

use crate::people::People;
use crate::service::Service;

/// A user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserAnswer {
    /// The name to sign in with.
    #[schema(example = "anna")]
    pub name: String,
    /// `viewer`, `operator`, `approver` or `administrator`.
    #[schema(example = "operator")]
    pub role: String,
    /// Whether the user is kept out.
    pub disabled: bool,
    /// Whether the user has a PIN for shared tills.
    pub has_pin: bool,
    /// When the user was added, in milliseconds since 1970.
    pub created_at: u64,
    /// When the user was last changed.
    pub updated_at: u64,
}

/// Who the caller is, and what the service is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionAnswer {
    /// How the audit trail names the caller.
    #[schema(example = "user:anna")]
    pub caller: String,
    /// What the caller may do: `read`, `write`, `approve`, `admin`.
    pub scopes: Vec<String>,
    /// The user of the session; absent for an API key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserAnswer>,
    /// Who opened the session with a password, where a PIN handed it to somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_by: Option<String>,
    /// When the session ends at the latest, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<u64>,
    /// The service's name.
    #[schema(example = "pharmacy")]
    pub service: String,
    /// Legal name of its organisation.
    pub organisation: String,
    /// Its account.
    pub account: String,
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route(
        "/api/v1/sessions/current",
        web::get().to(show_current_session),
    );
}

/// Who the caller is, what the caller may do, and what the service is.
#[utoipa::path(
    get,
    path = "/api/v1/sessions/current",
    operation_id = "show_current_session",
    tag = "sessions",
    responses(
        (status = 200, description = "Known", body = SessionAnswer),
        ReadProblems,
    ),
    security(("session" = []), ("api_key" = [])),
)]
pub async fn show_current_session(
    service: web::Data<Service>,
    people: web::Data<People>,
    caller: ApiUser,
) -> Result<Json<SessionAnswer>, Problem> {
    let status = service.status().await?;
    let session = people.session(&caller).await?;
    let user = match &caller.means {
        Means::Session { user, .. } => people.find(user).await?,
        Means::ConfiguredKey | Means::StoredKey { .. } => None,
    };
    let switched = session
        .as_ref()
        .filter(|session| session.user != session.opened_by);
    Ok(Json(SessionAnswer {
        scopes: caller.scopes().to_vec(),
        caller: caller.name,
        user: user.as_ref().map(user_answer),
        opened_by: switched.map(|session| session.opened_by.clone()),
        expires_at: session.map(|session| session.expires_at.0),
        service: status.service,
        organisation: status.organisation,
        account: status.account,
    }))
}

/// A user as answers show one.
pub(crate) fn user_answer(user: &UserRecord) -> UserAnswer {
    UserAnswer {
        name: user.name.clone(),
        role: role_word(user.role).to_owned(),
        disabled: user.disabled,
        has_pin: user.pin.is_some(),
        created_at: user.created_at.0,
        updated_at: user.updated_at.0,
    }
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Operator => "operator",
        Role::Approver => "approver",
        Role::Administrator => "administrator",
    }
}
