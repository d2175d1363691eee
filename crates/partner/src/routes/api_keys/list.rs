//! `GET /api/v1/api-keys`: API keys that the service made.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use theriac_http::call::AdminCall;
use theriac_http::description::ListProblems;
use theriac_http::paging::{self, Page, PageQuery};
use theriac_http::problem::Problem;
use theriac_records::repository::api_keys::ApiKeyRecord;
use utoipa::ToSchema;

use crate::people::People;

/// An API key, without the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiKeyAnswer {
    /// Its id, by which it is revoked.
    pub id: String,
    /// Who uses it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Who made it.
    pub created_by: String,
    /// When, in milliseconds since 1970.
    pub created_at: u64,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<u64>,
    /// When it was last used, to the minute.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<u64>,
}

/// API keys, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiKeysAnswer {
    /// This page of them, revoked ones among them.
    pub api_keys: Vec<ApiKeyAnswer>,
    /// The cursor of the next page; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/api-keys", web::get().to(list_api_keys));
}

/// API keys that the service made, by name. Keys of the configuration file are not among them.
#[utoipa::path(
    get,
    path = "/api/v1/api-keys",
    operation_id = "list_api_keys",
    tag = "api-keys",
    params(PageQuery),
    responses(
        (status = 200, description = "Found", body = ApiKeysAnswer),
        ListProblems,
    ),
    security(("session" = []), ("api_key" = [])),
)]
pub async fn list_api_keys(
    people: web::Data<People>,
    _call: AdminCall,
    request: HttpRequest,
    query: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let limit = query.limit()?;
    let after: Option<String> = query.after()?;
    let found = people.list_keys(after.as_deref(), limit + 1).await?;
    let page = Page::of(found, limit, |key| key.name.clone());
    let body = ApiKeysAnswer {
        api_keys: page.items.iter().map(key_answer).collect(),
        next: page.next,
    };
    Ok(paging::answer(&request, &body, body.next.as_deref()))
}

pub(super) fn key_answer(key: &ApiKeyRecord) -> ApiKeyAnswer {
    ApiKeyAnswer {
        id: key.id.clone(),
        name: key.name.clone(),
        scopes: key.scopes.clone(),
        created_by: key.created_by.clone(),
        created_at: key.created_at.0,
        revoked_at: key.revoked_at.map(|at| at.0),
        last_used_at: key.last_used_at.map(|at| at.0),
    }
}
