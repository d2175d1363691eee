//! `GET /api/v1/drafts`: drafts, the newest first.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use theriac_http::call::ReadCall;
use theriac_http::description::ListProblems;
use theriac_http::paging::{self, Page, PageQuery};
use theriac_http::problem::Problem;
use theriac_ledger::identifier::Timestamp;
use theriac_records::repository::drafts::{DraftState, list_drafts};
use utoipa::{IntoParams, ToSchema};

use crate::answer::DraftAnswer;
use crate::operation::storage_problem;
use crate::service::Service;

/// Which drafts.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DraftQuery {
    /// `open`, `approved` or `declined`; every state where absent.
    pub state: Option<DraftStateWord>,
    /// What the page before gave as `next`; absent for the first page.
    #[param(required = false)]
    pub cursor: Option<String>,
    /// How many drafts, 1 to 1,000.
    #[param(required = false, minimum = 1, maximum = 1_000, default = 100)]
    pub limit: Option<u64>,
}

/// A state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DraftStateWord {
    /// Waits for a second person.
    Open,
    /// Approved.
    Approved,
    /// Declined, or taken back.
    Declined,
}

/// A page of drafts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DraftList {
    /// The drafts, the newest first.
    pub drafts: Vec<DraftAnswer>,
    /// By which to ask for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/drafts", web::get().to(list_all_drafts));
}

/// Drafts, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/drafts",
    operation_id = "list_drafts",
    tag = "drafts",
    params(DraftQuery),
    responses(
        (status = 200, description = "A page", body = DraftList),
        ListProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn list_all_drafts(
    service: web::Data<Service>,
    _call: ReadCall,
    request: HttpRequest,
    query: web::Query<DraftQuery>,
) -> Result<HttpResponse, Problem> {
    let page = PageQuery {
        cursor: query.cursor.clone(),
        limit: query.limit,
    };
    let limit = page.limit()?;
    let after: Option<(Timestamp, String)> = page.after()?;
    let state = query.state.map(|state| match state {
        DraftStateWord::Open => DraftState::Open,
        DraftStateWord::Approved => DraftState::Approved,
        DraftStateWord::Declined => DraftState::Declined,
    });
    let place = after.as_ref().map(|(time, id)| (*time, id.as_str()));
    let found = list_drafts(&service.desk().database, state, place, limit + 1)
        .await
        .map_err(|error| storage_problem(&error))?;
    let page = Page::of(found, limit, |draft| (draft.created_at, draft.id.clone()));
    let body = DraftList {
        drafts: page.items.into_iter().map(DraftAnswer::from).collect(),
        next: page.next,
    };
    Ok(paging::answer(&request, &body, body.next.as_deref()))
}
