//! `GET /v1/transactions/{id}`: where a transaction stands, as far as this node knows.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::identifier::TransactionId;

use super::ApiState;
use super::relay;
use super::state::blocking;
use super::transaction_answer::answer;
use crate::pool::TxStatus;

/// Answers its state. The content of a transaction is for members, in its block.
pub(super) async fn get_transaction(
    state: web::Data<ApiState>,
    id: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let id: TransactionId = id.parse().map_err(|error| {
        let detail = format!("a transaction is named by its id: {error}");
        Problem::new(ProblemCode::InvalidPath, detail)
    })?;
    let pool = Arc::clone(state.pool());
    let status = blocking(move || pool.status(&id)).await?;
    if status == TxStatus::Unknown
        && let Some(relayed) = relay::ask(&state.setup.surroundings.relays(), &id).await
    {
        return Ok(HttpResponse::Ok().json(relayed));
    }
    Ok(HttpResponse::Ok().json(answer(id, &status)))
}
