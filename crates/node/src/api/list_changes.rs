//! `GET /v1/changes?before=&limit=`: changes of the consortium and what they still need, for anyone.
//! `tests/answers/changes.json` has answers.

use actix_web::{HttpResponse, web};
use theriac_client::wire::{CHANGES_PAGE_MAX, ChangesPage, ChangesQuery};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::ChangeId;

use super::ApiState;
use super::change_answer::answer;
use super::get_change::unknown;
use super::state::blocking;
use crate::store::{StoreError, View};

/// Answers a page of changes as JSON, the latest proposal first.
pub(super) async fn list_changes(
    state: web::Data<ApiState>,
    query: web::Query<ChangesQuery>,
) -> Result<HttpResponse, Problem> {
    let ChangesQuery { before, limit } = query.into_inner();
    let limit = limit.unwrap_or(CHANGES_PAGE_MAX).min(CHANGES_PAGE_MAX);
    if limit == 0 {
        let reason = "limit must be at least 1";
        return Err(Problem::new(ProblemCode::InvalidQuery, reason));
    }
    let store = state.store().clone();
    let page = blocking(move || page(&store.view(), before, limit)).await?;
    match (page, before) {
        (Some(page), _) => Ok(HttpResponse::Ok().json(page)),
        (None, Some(before)) => Err(unknown(&before)),
        (None, None) => Err(Problem::new(ProblemCode::NotFound, "there is no such page")),
    }
}

/// None where the change before which a page is wanted does not exist.
fn page(
    view: &View,
    before: Option<ChangeId>,
    limit: usize,
) -> Result<Option<ChangesPage>, StoreError> {
    let before = match before {
        None => None,
        Some(id) => match view.change(&id)? {
            Some(change) => Some(change),
            None => return Ok(None),
        },
    };
    // One more than is shown tells whether there is another page.
    let mut found = view.changes(before.as_ref(), limit.saturating_add(1))?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| has_more).map(|change| change.id);
    let answers: Result<Vec<_>, _> = found
        .into_iter()
        .map(|record| answer(view, record))
        .collect();
    let changes = BoundedList::new(answers?);
    let changes = changes.map_err(|error| StoreError::corrupt("list of changes", error))?;
    Ok(Some(ChangesPage { changes, next }))
}
