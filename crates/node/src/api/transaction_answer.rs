//! One wording for what became of a transaction.

use actix_web::HttpResponse;
use theriac_client::wire::{
    NOT_THE_LAST_WORD, RejectionAnswer, TransactionAnswer, TransactionState,
};
use theriac_http::problem::{Problem, ProblemCode, chain};
use theriac_ledger::identifier::{Timestamp, TransactionId};
use theriac_ledger::rejection::Rejection;

use crate::pool::{SubmitError, TxStatus};

/// What an answer says while the transaction waits.
pub(super) fn pending_note(valid_until: Option<Timestamp>) -> String {
    match valid_until {
        Some(time) => format!(
            "it may be included until a final block is later than {time}; until then send the same bytes again, never a new transaction for the same intent"
        ),
        None => "send the same bytes again while they are valid, never a new transaction for the same intent".to_owned(),
    }
}

/// The answer to a question after a transaction.
pub(super) fn answer(id: TransactionId, status: &TxStatus) -> TransactionAnswer {
    match status {
        TxStatus::Unknown => TransactionAnswer {
            note: Some("this node does not know it; another may".to_owned()),
            ..TransactionAnswer::new(id, TransactionState::Unknown)
        },
        TxStatus::Pending => TransactionAnswer {
            note: Some(pending_note(None)),
            ..TransactionAnswer::new(id, TransactionState::Pending)
        },
        TxStatus::Final { height, index } => TransactionAnswer::in_block(id, *height, *index),
        TxStatus::Rejected { rejection } => TransactionAnswer {
            rejection: Some(RejectionAnswer {
                code: rejection.code().to_owned(),
                detail: rejection.to_string(),
                hint: rejection.hint().to_owned(),
            }),
            note: Some(
                "this node's refusal is not final before a final block is later than valid_until"
                    .to_owned(),
            ),
            ..TransactionAnswer::new(id, TransactionState::Rejected)
        },
        TxStatus::Expired => TransactionAnswer {
            note: Some("its time has passed and it was not included; sign anew".to_owned()),
            ..TransactionAnswer::new(id, TransactionState::Expired)
        },
    }
}

/// The answer to a submission that was taken: 200 when final, 202 while it waits, a problem when it
/// was refused since.
pub(super) fn submitted(
    id: TransactionId,
    valid_until: Timestamp,
    status: &TxStatus,
) -> Result<HttpResponse, Problem> {
    match status {
        TxStatus::Final { .. } => Ok(HttpResponse::Ok().json(answer(id, status))),
        TxStatus::Rejected { rejection } => Err(rejected(rejection, Some(valid_until))),
        TxStatus::Expired => Err(Problem::new(
            ProblemCode::Conflicting("transaction_expired"),
            format!("the transaction was valid until {valid_until}, and a final block is later"),
        )
        .with_hint("sign the request anew with a later valid_until")),
        TxStatus::Unknown | TxStatus::Pending => {
            Ok(HttpResponse::Accepted().json(TransactionAnswer {
                valid_until: Some(valid_until),
                note: Some(pending_note(Some(valid_until))),
                ..TransactionAnswer::new(id, TransactionState::Pending)
            }))
        }
    }
}

/// The problem of a submission that was not taken.
pub(super) fn refused(error: SubmitError, valid_until: Option<Timestamp>) -> Problem {
    match error {
        SubmitError::Malformed { .. } => Problem::new(
            ProblemCode::Rejected("malformed_transaction"),
            error.to_string(),
        )
        .with_hint("send the canonical bytes of one signed transaction"),
        SubmitError::Stateless(reason) => {
            Problem::new(ProblemCode::Rejected(reason.code()), chain(&reason))
                .with_hint(reason.hint())
        }
        SubmitError::Rejected(rejection) => rejected(&rejection, valid_until),
        SubmitError::Full { retry_after_ms } => Problem::new(ProblemCode::Busy, error.to_string())
            .with_retry_after_s(retry_after_ms.div_ceil(1_000)),
        SubmitError::Unavailable(cause) => {
            Problem::hidden(ProblemCode::StorageUnavailable, &cause).with_hint("use another node")
        }
    }
}

fn rejected(rejection: &Rejection, valid_until: Option<Timestamp>) -> Problem {
    let until = valid_until.map_or_else(|| "its valid_until".to_owned(), |time| time.to_string());
    Problem::new(
        ProblemCode::Conflicting(rejection.code()),
        rejection.to_string(),
    )
    .with_hint(format!("{}{NOT_THE_LAST_WORD}{until}", rejection.hint()))
}
