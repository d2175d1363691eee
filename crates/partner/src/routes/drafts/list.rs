//! `GET /api/v1/drafts`: drafts, the newest first.

use actix_web::web::{self, Json, ServiceConfig};
use serde::{Deserialize, Serialize};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody, ProblemCode};
use theriac_ledger::identifier::Timestamp;
use theriac_records::repository::drafts::{DraftState, list_drafts};
use utoipa::{IntoParams, ToSchema};

use crate::answer::DraftAnswer;
use crate::operation::storage_problem;
use crate::service::Service;

/// The largest page.
const PAGE_MAX: u32 = 1_000;
/// The page where none is asked for.
const PAGE: u32 = 100;

/// Which drafts.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DraftQuery {
    /// `open`, `approved` or `declined`; every state where absent.
    pub state: Option<DraftStateWord>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// How many, 1 to 1,000; 100 where absent.
    pub limit: Option<u32>,
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
        (status = 400, description = "The query is malformed", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn list_all_drafts(
    service: web::Data<Service>,
    _call: ReadCall,
    query: web::Query<DraftQuery>,
) -> Result<Json<DraftList>, Problem> {
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=PAGE_MAX).contains(&limit) {
        let detail = format!("limit is 1 to {PAGE_MAX}");
        return Err(Problem::new(ProblemCode::InvalidQuery, detail));
    }
    let state = query.state.map(|state| match state {
        DraftStateWord::Open => DraftState::Open,
        DraftStateWord::Approved => DraftState::Approved,
        DraftStateWord::Declined => DraftState::Declined,
    });
    let before = query.cursor.as_deref().map(read_cursor).transpose()?;
    let place = before.as_ref().map(|(time, id)| (*time, id.as_str()));
    let mut found = list_drafts(&service.desk().database, state, place, u64::from(limit) + 1)
        .await
        .map_err(|error| storage_problem(&error))?;
    let page = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_more = found.len() > page;
    found.truncate(page);
    let last = found.last().filter(|_| has_more);
    let next = last.map(|last| format!("{}.{}", last.created_at.0, last.draft.id));
    Ok(Json(DraftList {
        drafts: found.into_iter().map(DraftAnswer::from).collect(),
        next,
    }))
}

fn read_cursor(text: &str) -> Result<(Timestamp, String), Problem> {
    text.split_once('.')
        .and_then(|(time, id)| Some((Timestamp(time.parse().ok()?), id.to_owned())))
        .filter(|(time, _)| i64::try_from(time.0).is_ok())
        .ok_or_else(|| {
            let detail = "cursor is not one that this service gave";
            Problem::new(ProblemCode::InvalidQuery, detail)
        })
}
