//! `GET /v1/validators/steps?after=`: changes of the validator set, for anyone who checks headers.

use actix_web::{HttpResponse, web};
use theriac_client::wire::{VALIDATOR_STEPS_PAGE_MAX, ValidatorStepsPage, ValidatorStepsQuery};
use theriac_http::problem::Problem;
use theriac_ledger::encoding::BoundedList;

use super::ApiState;
use super::state::blocking;

/// Answers a page of changes as JSON, ascending by height.
pub(super) async fn list_validator_steps(
    state: web::Data<ApiState>,
    query: web::Query<ValidatorStepsQuery>,
) -> Result<HttpResponse, Problem> {
    let after = query.after;
    let store = state.store().clone();
    let steps = blocking(move || {
        store
            .view()
            .validator_steps(after, VALIDATOR_STEPS_PAGE_MAX)
    });
    let steps = BoundedList::new(steps.await?);
    let steps = steps.map_err(|error| Problem::internal(&error))?;
    Ok(HttpResponse::Ok().json(ValidatorStepsPage { steps }))
}
