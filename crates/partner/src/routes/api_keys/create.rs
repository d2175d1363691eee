//! `POST /api/v1/api-keys`: makes an API key.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use serde::{Deserialize, Serialize};
use theriac_http::body::Body;
use theriac_http::call::{AdminCall, respond};
use theriac_http::description::AdminProblems;
use theriac_http::problem::Problem;
use utoipa::ToSchema;

use super::list::{ApiKeyAnswer, key_answer};
use crate::people::{NewKey, People};

/// A key to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiKeyBody {
    /// Who will use it: 1 to 64 of `a-z`, `0-9`, `.`, `_`, `-` and `@`.
    #[schema(pattern = "^[a-z0-9][a-z0-9._@-]{0,63}$", example = "line-2")]
    pub name: String,
    /// What it may do: `read`, `write`, `approve`, `admin`.
    #[schema(min_items = 1, example = json!(["read", "write"]))]
    pub scopes: Vec<String>,
}

/// A key that was made.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct NewApiKeyAnswer {
    /// The key. It is shown here and never again.
    pub api_key: String,
    /// What is kept of it.
    #[serde(flatten)]
    pub kept: ApiKeyAnswer,
}

impl std::fmt::Debug for NewApiKeyAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewApiKeyAnswer").finish_non_exhaustive()
    }
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/api-keys", web::post().to(create_api_key));
}

/// Makes an API key. The key is shown once: only its hash is kept.
#[utoipa::path(
    post,
    path = "/api/v1/api-keys",
    operation_id = "create_api_key",
    tag = "api-keys",
    request_body = NewApiKeyBody,
    responses(
        (status = 201, description = "Made", body = NewApiKeyAnswer),
        AdminProblems,
    ),
    security(("session" = []), ("api_key" = [])),
)]
pub async fn create_api_key(
    people: web::Data<People>,
    call: AdminCall,
    body: Body<NewApiKeyBody>,
) -> Result<HttpResponse, Problem> {
    let new = NewKey {
        name: &body.name,
        scopes: &body.scopes,
        created_by: &call.user,
    };
    let made = people.add_key(new).await?;
    let kept = key_answer(&made.record);
    call.note.set_meaning(format!(
        "make API key {} with the scopes {}",
        kept.name,
        kept.scopes.join(", ")
    ));
    let api_key = made.plain.to_string();
    Ok(respond(201, &NewApiKeyAnswer { api_key, kept }))
}
