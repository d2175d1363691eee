//! `GET /v1/changes/{id}`: a change of the consortium and what it still needs, for anyone.

use actix_web::{HttpResponse, web};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::identifier::ChangeId;

use super::ApiState;
use super::change_answer::answer;
use super::state::blocking;

/// Answers the record and its review as JSON.
pub(super) async fn get_change(
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: ChangeId = id.parse().map_err(|error| {
        let reason = format!("a change is named by 64 hexadecimal characters: {error}");
        Problem::new(ProblemCode::InvalidPath, reason)
    })?;
    let store = state.store().clone();
    let found = blocking(move || {
        let view = store.view();
        let change = view.change(&id)?;
        change.map(|record| answer(&view, record)).transpose()
    });
    match found.await? {
        Some(answer) => Ok(HttpResponse::Ok().json(answer)),
        None => Err(unknown(&id)),
    }
}

pub(super) fn unknown(id: &ChangeId) -> Problem {
    let problem = Problem::new(ProblemCode::NotFound, format!("there is no change {id}"));
    problem.with_hint("read the list of changes: GET /v1/changes")
}
