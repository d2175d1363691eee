//! `POST /v1/transactions`: hands in a signed transaction.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use theriac_client::node_client::BINARY_MEDIA_TYPE;
use theriac_client::wire::{SubmitQuery, WAIT_MS_MAX, Wait};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::identifier::{Timestamp, TransactionId};
use theriac_ledger::rejection::Rejection;
use theriac_ledger::transaction::SignedTransaction;

use super::ApiState;
use super::relay;
use super::state::store_problem;
use super::transaction_answer::{refused, submitted};
use crate::pool::{SubmitError, TxStatus};

/// Takes the canonical bytes of a signed transaction. 200 final; 202 waiting; 409 and 422 with the
/// code of the rule that refuses it. The same bytes again are answered the same.
pub(super) async fn submit_transaction(
    request: HttpRequest,
    state: web::Data<ApiState>,
    query: web::Query<SubmitQuery>,
    body: Result<Bytes, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    check_media_type(&request)?;
    let body = body.map_err(|error| body_problem(&error))?;
    let relays = state.setup.surroundings.relays();
    if !relays.is_empty() {
        let validators = state.chain().validators();
        return relay::submit(&relays, &validators, &body, query.wait).await;
    }
    let (id, valid_until) = admit(&state, body).await?;
    let status = match query.wait {
        None => state.pool().status(&id),
        Some(Wait::Final) => {
            let limit = Duration::from_millis(WAIT_MS_MAX);
            tokio::time::timeout(limit, state.pool().wait_final(&id))
                .await
                .unwrap_or(Ok(TxStatus::Pending))
        }
    };
    let status = status.map_err(|error| store_problem(&error))?;
    submitted(id, valid_until, &status)
}

async fn admit(
    state: &web::Data<ApiState>,
    body: Bytes,
) -> Result<(TransactionId, Timestamp), Problem> {
    let pool = Arc::clone(state.pool());
    let now = state.now();
    let work = state.admission.run(move || {
        let signed = SignedTransaction::decode(&body).map_err(|error| SubmitError::Malformed {
            reason: error.to_string(),
        });
        let valid_until = match signed {
            Ok(signed) => signed.transaction.valid_until,
            Err(error) => return Err((error, None)),
        };
        match pool.submit(&body, now) {
            Ok(id) => Ok((id, valid_until)),
            Err(error) => Err((error, Some(valid_until))),
        }
    });
    let outcome = work.await;
    let lag = state.setup.surroundings.lag_blocks();
    match outcome {
        // What an old state refuses, the present one may allow: another node knows better.
        Ok(Err((SubmitError::Rejected(rejection), _))) if lag != Some(0) => {
            Err(behind(&rejection, lag))
        }
        Ok(outcome) => outcome.map_err(|(error, valid_until)| refused(error, valid_until)),
        Err(error) => Err(Problem::internal(&error)),
    }
}

fn behind(rejection: &Rejection, lag_blocks: Option<u64>) -> Problem {
    let why = match lag_blocks {
        Some(blocks) => format!("is {blocks} blocks behind"),
        None => "has just started and does not know whether it is behind".to_owned(),
    };
    let detail = format!("this node {why}, and would refuse it by what it knows: {rejection}");
    Problem::new(ProblemCode::NotReady, detail)
        .with_hint("use another node, or send the same bytes again in a few seconds")
}

fn check_media_type(request: &HttpRequest) -> Result<(), Problem> {
    let found = request.headers().get(header::CONTENT_TYPE);
    if found.is_some_and(|value| value.as_bytes() == BINARY_MEDIA_TYPE.as_bytes()) {
        return Ok(());
    }
    Err(Problem::new(
        ProblemCode::UnsupportedMediaType,
        format!("a transaction is sent as {BINARY_MEDIA_TYPE}"),
    ))
}

fn body_problem(error: &actix_web::Error) -> Problem {
    Problem::foreign(error.as_response_error())
}
