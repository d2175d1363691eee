//! `GET /api/v1/webhooks`: who is told of news.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use theriac_http::call::AdminCall;
use theriac_http::description::ListProblems;
use theriac_http::paging::{self, Page, PageQuery};
use theriac_http::problem::Problem;
use theriac_records::repository::webhooks::WebhookRecord;
use utoipa::ToSchema;

use super::create::NewsKindBody;
use crate::webhook::{Webhooks, key_of};

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhookAnswer {
    /// Its id.
    pub id: String,
    /// Where its deliveries are posted.
    pub url: String,
    /// Of what it is told.
    pub kinds: Vec<NewsKindBody>,
    /// Public half of the Ed25519 key that signs its deliveries, in hexadecimal.
    pub public_key: String,
    /// Who made it.
    pub created_by: String,
    /// When, in milliseconds since 1970.
    pub created_at: u64,
}

/// Webhooks, by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WebhooksAnswer {
    /// This page of them.
    pub webhooks: Vec<WebhookAnswer>,
    /// The cursor of the next page; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/webhooks", web::get().to(list_webhooks));
}

/// Who is told of news, by id.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks",
    operation_id = "list_webhooks",
    tag = "webhooks",
    params(PageQuery),
    responses(
        (status = 200, description = "Found", body = WebhooksAnswer),
        ListProblems,
    ),
    security(("session" = []), ("api_key" = [])),
)]
pub async fn list_webhooks(
    webhooks: web::Data<Webhooks>,
    _call: AdminCall,
    request: HttpRequest,
    query: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let limit = query.limit()?;
    let after: Option<String> = query.after()?;
    let found = webhooks.list(after.as_deref(), limit + 1).await?;
    let page = Page::of(found, limit, |hook| hook.id.clone());
    let body = WebhooksAnswer {
        webhooks: page.items.iter().map(webhook_answer).collect(),
        next: page.next,
    };
    Ok(paging::answer(&request, &body, body.next.as_deref()))
}

pub(super) fn webhook_answer(hook: &WebhookRecord) -> WebhookAnswer {
    WebhookAnswer {
        id: hook.id.clone(),
        url: hook.url.clone(),
        kinds: hook.kinds.iter().map(|kind| (*kind).into()).collect(),
        public_key: key_of(hook).public_key().to_string(),
        created_by: hook.created_by.clone(),
        created_at: hook.created_at.0,
    }
}
