//! A node without a vote passes submissions and questions on to nodes that have one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use theriac_client::submitter::refusals_needed;
use theriac_client::wire::{TransactionAnswer, TransactionState, Wait};
use theriac_client::{NodeClient, NodeError};
use theriac_http::problem::{PROBLEM_MEDIA_TYPE, Problem, ProblemBody, ProblemCode, chain};
use theriac_ledger::identifier::TransactionId;
use theriac_ledger::validator::ValidatorSet;

/// Passes a submission on, to one node after the other until one takes it or enough refuse it:
/// one may be behind, or lie.
pub(super) async fn submit(
    nodes: &[NodeClient],
    validators: &ValidatorSet,
    bytes: &[u8],
    wait: Option<Wait>,
) -> Result<HttpResponse, Problem> {
    let mut last = None;
    let mut may_be_known = false;
    let mut refusals = 0;
    let needed = refusals_needed(validators, nodes.len());
    for node in nodes {
        let outcome = match wait {
            None => node.submit(bytes).await,
            Some(Wait::Final) => node.submit_and_wait(bytes).await,
        };
        match outcome {
            Ok(answer) if answer.status == TransactionState::Final => {
                return Ok(HttpResponse::Ok().json(answer));
            }
            Ok(answer) => return Ok(HttpResponse::Accepted().json(answer)),
            // A node that may have taken it before makes a refusal by the present state no answer.
            Err(NodeError::Refused { problem, .. })
                if matches!(problem.status, 400 | 409 | 413 | 422)
                    && !(may_be_known && problem.status == 409) =>
            {
                refusals += 1;
                if refusals >= needed {
                    return relayed(&problem);
                }
            }
            Err(error) => {
                may_be_known |= error.may_have_been_carried_out();
                last = Some(error);
            }
        }
    }
    Err(unavailable(last.as_ref()))
}

/// Asks the nodes after a transaction that is not on the chain as far as this node knows it.
pub(super) async fn ask(nodes: &[NodeClient], id: &TransactionId) -> Option<TransactionAnswer> {
    for node in nodes {
        match node.transaction(id).await {
            Ok(answer) if answer.status != TransactionState::Unknown => return Some(answer),
            Ok(_) => {}
            Err(error) => {
                tracing::debug!(error = %chain(&error), "a node does not answer; asking the next");
            }
        }
    }
    None
}

fn relayed(problem: &ProblemBody) -> Result<HttpResponse, Problem> {
    let status = StatusCode::from_u16(problem.status).map_err(|e| Problem::internal(&e))?;
    let body = serde_json::to_vec(problem).map_err(|e| Problem::internal(&e))?;
    Ok(HttpResponse::build(status)
        .content_type(PROBLEM_MEDIA_TYPE)
        .body(body))
}

fn unavailable(error: Option<&NodeError>) -> Problem {
    if let Some(error) = error {
        tracing::warn!(error = %chain(error), "no node takes the submission");
    }
    Problem::new(
        ProblemCode::NodeUnavailable,
        "no node with a vote took the transaction; one of them may have it",
    )
    .with_hint("keep the intent and send the same bytes again in a few seconds")
}
