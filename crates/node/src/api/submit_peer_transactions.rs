//! `POST /v1/peer/transactions`: one validator hands transactions to another.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use theriac_client::wire::{PeerAnswer, PeerTransactions};
use theriac_crypto::PublicKey;
use theriac_http::problem::{Problem, ProblemCode, chain};
use theriac_http::signed_request::SignedRequest;
use theriac_ledger::execute::find_key;
use theriac_ledger::identifier::AccountId;

use super::ApiState;
use super::state::blocking;
use crate::store::{StoreError, View};

/// Takes a batch; the request must be signed by a validator's key, or by another one of its account. Every transaction is judged
/// alone, so that one bad one does not keep out the others.
pub(super) async fn submit_peer_transactions(
    signed: SignedRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let (view, key) = (state.store().view(), signed.key);
    if !blocking(move || acts_for_a_validator(&view, key)).await? {
        return Err(
            Problem::new(ProblemCode::Forbidden, "only validators hand over batches")
                .with_hint("submit single transactions to /v1/transactions"),
        );
    }
    let pool = Arc::clone(state.pool());
    let now = state.now();
    let work = state.admission.run(move || {
        let batch = PeerTransactions::decode(&signed.body)?;
        let mut answer = PeerAnswer {
            accepted: 0,
            refused: 0,
        };
        for bytes in &batch.transactions {
            match pool.receive_from_peer(bytes, now) {
                Ok(_) => answer.accepted += 1,
                Err(error) => {
                    tracing::debug!(error = %chain(&error), "a transaction from a peer is refused");
                    answer.refused += 1;
                }
            }
        }
        Ok::<_, theriac_ledger::encoding::DecodeError>(answer)
    });
    match work.await {
        Ok(Ok(answer)) => Ok(HttpResponse::Ok().json(answer)),
        Ok(Err(error)) => Err(Problem::new(
            ProblemCode::InvalidBody,
            format!("the body is no batch of transactions: {error}"),
        )),
        Err(error) => Err(Problem::internal(&error)),
    }
}

/// Whether a key votes, or is of an account that has a key which does. That it is active was checked with
/// the request's signature.
fn acts_for_a_validator(view: &View, key: PublicKey) -> Result<bool, StoreError> {
    let validators = view.validators();
    if validators.find(&key).is_some() {
        return Ok(true);
    }
    let account = |key: &PublicKey| -> Result<Option<AccountId>, StoreError> {
        let record = find_key(view, key).map_err(StoreError::unavailable)?;
        Ok(record.map(|record| record.private.account))
    };
    let Some(own) = account(&key)? else {
        return Ok(false);
    };
    for member in validators.members() {
        if account(&member.key)? == Some(own) {
            return Ok(true);
        }
    }
    Ok(false)
}
