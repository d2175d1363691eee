//! `GET /api/v1/users`: the people who use the service.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use theriac_http::call::AdminCall;
use theriac_http::description::ListProblems;
use theriac_http::paging::{self, Page, PageQuery};
use theriac_http::problem::Problem;
use utoipa::ToSchema;

use crate::people::People;
use crate::routes::sessions::show::{UserAnswer, user_answer};

/// Users, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UsersAnswer {
    /// This page of them.
    pub users: Vec<UserAnswer>,
    /// The cursor of the next page; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/users", web::get().to(list_users));
}

/// The people who use the service, by name.
#[utoipa::path(
    get,
    path = "/api/v1/users",
    operation_id = "list_users",
    tag = "users",
    params(PageQuery),
    responses(
        (status = 200, description = "Found", body = UsersAnswer),
        ListProblems,
    ),
    security(("session" = []), ("api_key" = [])),
)]
pub async fn list_users(
    people: web::Data<People>,
    _call: AdminCall,
    request: HttpRequest,
    query: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let limit = query.limit()?;
    let after: Option<String> = query.after()?;
    let found = people.list(after.as_deref(), limit + 1).await?;
    let page = Page::of(found, limit, |user| user.name.clone());
    let body = UsersAnswer {
        users: page.items.iter().map(user_answer).collect(),
        next: page.next,
    };
    Ok(paging::answer(&request, &body, body.next.as_deref()))
}
