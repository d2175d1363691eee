//! `GET /api/v1/audit`: who wrote what, when, from where.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use theriac_http::call::AdminCall;
use theriac_http::description::ListProblems;
use theriac_http::paging::{self, Page, PageQuery};
use theriac_http::problem::Problem;
use theriac_records::repository::audit::{AuditRecord, list_audit as find_rows};
use utoipa::ToSchema;

use crate::operation::storage_problem;
use crate::service::Service;

/// A row of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditAnswer {
    /// Its number, from 1.
    pub number: u64,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// Who: `user:…`, `key:…`, the name of a configured key, or `anonymous`.
    #[schema(example = "user:anna")]
    pub who: String,
    /// From which address.
    #[schema(example = "192.0.2.17")]
    pub address: String,
    /// With which method.
    #[schema(example = "POST")]
    pub method: String,
    /// At which route.
    #[schema(example = "/api/v1/shipments")]
    pub route: String,
    /// What it meant, in words.
    pub meaning: String,
    /// The intents that it stored; what became of them is at `/api/v1/intents/{id}`.
    pub intents: Vec<String>,
    /// The request's id.
    pub request_id: String,
    /// The HTTP status of the answer. 202 where intents were stored: they were settled later.
    pub status: u16,
    /// The row's digest, which holds that of the row before.
    pub digest: String,
}

/// Rows of the audit trail, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditsAnswer {
    /// This page of them.
    pub audit: Vec<AuditAnswer>,
    /// The cursor of the next page; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/audit", web::get().to(list_audit));
}

/// Who wrote what, when, from where, the newest first; refused writes and sign-ins among it.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    operation_id = "list_audit",
    tag = "audit",
    params(PageQuery),
    responses(
        (status = 200, description = "Found", body = AuditsAnswer),
        ListProblems,
    ),
    security(("session" = []), ("api_key" = [])),
)]
pub async fn list_audit(
    service: web::Data<Service>,
    _call: AdminCall,
    request: HttpRequest,
    query: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let limit = query.limit()?;
    let before: Option<u64> = query.after()?;
    let found = find_rows(&service.desk().database, before, limit + 1)
        .await
        .map_err(|error| storage_problem(&error))?;
    let page = Page::of(found, limit, |row| row.number);
    let body = AuditsAnswer {
        audit: page.items.into_iter().map(answer).collect(),
        next: page.next,
    };
    Ok(paging::answer(&request, &body, body.next.as_deref()))
}

fn answer(row: AuditRecord) -> AuditAnswer {
    AuditAnswer {
        number: row.number,
        at: row.entry.at.0,
        who: row.entry.who,
        address: row.entry.address,
        method: row.entry.method,
        route: row.entry.route,
        meaning: row.entry.meaning,
        intents: row.entry.intents,
        request_id: row.entry.request_id,
        status: row.entry.status,
        digest: row.digest.to_string(),
    }
}
