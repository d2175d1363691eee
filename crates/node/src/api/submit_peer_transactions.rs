//! `POST /v1/peer/transactions`: one validator hands transactions to another.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use theriac_client::wire::{PeerAnswer, PeerTransactions};
use theriac_http::problem::{Problem, ProblemCode, chain};
use theriac_http::signed_request::SignedRequest;

use super::ApiState;

/// Takes a batch; the request must be signed by a validator's key. Every transaction is judged
/// alone, so that one bad one does not keep out the others.
pub(super) async fn submit_peer_transactions(
    signed: SignedRequest,
    state: web::Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    if state.chain().validators().find(&signed.key).is_none() {
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
