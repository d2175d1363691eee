//! What becomes of an intent: signed, tried, final, rejected or expired.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
};
use theriac_ledger::identifier::Timestamp;

use super::{IntentError, IntentState, SignedBytes};
use crate::entity::{intent, intent_wait};
use crate::error::StorageError;
use crate::{Database, codec};

/// Keeps what was signed for an intent, before it is sent.
pub async fn mark_signed(
    db: &Database,
    now: Timestamp,
    id: &str,
    signed: &SignedBytes,
) -> Result<(), StorageError> {
    let valid_until = codec::time(signed.valid_until)?;
    intent::Entity::update_many()
        .col_expr(
            intent::Column::State,
            Expr::value(codec::word(&IntentState::Sent)),
        )
        .col_expr(
            intent::Column::TransactionId,
            Expr::value(codec::bytes(&signed.id.0)),
        )
        .col_expr(intent::Column::Signed, Expr::value(signed.bytes.clone()))
        .col_expr(intent::Column::ValidUntil, Expr::value(valid_until))
        .col_expr(intent::Column::UpdatedAt, Expr::value(codec::time(now)?))
        .filter(intent::Column::Id.eq(id))
        .filter(is_open())
        .exec(db.writer())
        .await?;
    Ok(())
}

/// Notes a try that settled nothing.
pub async fn mark_tried(
    db: &Database,
    now: Timestamp,
    id: &str,
    error: &IntentError,
) -> Result<(), StorageError> {
    let attempts = Expr::col(intent::Column::Attempts);
    intent::Entity::update_many()
        .col_expr(
            intent::Column::Attempts,
            sea_orm::sea_query::ExprTrait::add(attempts, 1),
        )
        .col_expr(intent::Column::ErrorCode, Expr::value(error.code.clone()))
        .col_expr(
            intent::Column::ErrorDetail,
            Expr::value(error.detail.clone()),
        )
        .col_expr(intent::Column::ErrorHint, Expr::value(error.hint.clone()))
        .col_expr(
            intent::Column::ErrorStatus,
            Expr::value(i32::from(error.status)),
        )
        .col_expr(intent::Column::UpdatedAt, Expr::value(codec::time(now)?))
        .filter(intent::Column::Id.eq(id))
        .filter(is_open())
        .exec(db.writer())
        .await?;
    Ok(())
}

/// Gives up a signature that can no longer be included: the intent is signed anew when it is sent.
pub async fn mark_expired(db: &Database, now: Timestamp, id: &str) -> Result<(), StorageError> {
    intent::Entity::update_many()
        .col_expr(
            intent::Column::State,
            Expr::value(codec::word(&IntentState::Pending)),
        )
        .col_expr(intent::Column::TransactionId, Expr::value(None::<Vec<u8>>))
        .col_expr(intent::Column::Signed, Expr::value(None::<Vec<u8>>))
        .col_expr(intent::Column::ValidUntil, Expr::value(None::<i64>))
        .col_expr(intent::Column::UpdatedAt, Expr::value(codec::time(now)?))
        .filter(intent::Column::Id.eq(id))
        .filter(is_open())
        .exec(db.writer())
        .await?;
    Ok(())
}

/// Settles an intent as refused, and with it those that wait for it.
pub async fn mark_rejected(
    db: &Database,
    now: Timestamp,
    id: &str,
    error: &IntentError,
) -> Result<(), StorageError> {
    let txn = db.begin().await?;
    reject_one(&txn, now, id, error).await?;
    let mut waiting = vec![id.to_owned()];
    while let Some(first) = waiting.pop() {
        let also = sea_orm::sea_query::Query::select()
            .column(intent_wait::Column::Intent)
            .from(intent_wait::Entity)
            .and_where(intent_wait::Column::WaitsFor.eq(first.as_str()))
            .to_owned();
        let next = intent::Entity::find()
            .filter(
                Condition::any()
                    .add(intent::Column::DependsOn.eq(first.as_str()))
                    .add(intent::Column::Id.in_subquery(also)),
            )
            .filter(is_open())
            .all(&txn)
            .await?;
        let because = IntentError {
            code: "earlier_step_rejected".to_owned(),
            detail: format!(
                "intent {first}, which comes before it, was rejected: {}",
                error.detail
            ),
            hint: error.hint.clone(),
            status: error.status,
        };
        for row in next {
            reject_one(&txn, now, &row.id, &because).await?;
            waiting.push(row.id);
        }
    }
    txn.commit().await?;
    Ok(())
}

/// What the intent would have put on the ledger stays beside it, read by nobody: the request's key
/// must go on getting this answer, and should a block hold the transaction after all, its event and
/// serials are what it commits to.
async fn reject_one(
    txn: &DatabaseTransaction,
    now: Timestamp,
    id: &str,
    error: &IntentError,
) -> Result<(), StorageError> {
    intent::Entity::update_many()
        .col_expr(
            intent::Column::State,
            Expr::value(codec::word(&IntentState::Rejected)),
        )
        .col_expr(intent::Column::ErrorCode, Expr::value(error.code.clone()))
        .col_expr(
            intent::Column::ErrorDetail,
            Expr::value(error.detail.clone()),
        )
        .col_expr(intent::Column::ErrorHint, Expr::value(error.hint.clone()))
        .col_expr(
            intent::Column::ErrorStatus,
            Expr::value(i32::from(error.status)),
        )
        .col_expr(intent::Column::UpdatedAt, Expr::value(codec::time(now)?))
        .filter(intent::Column::Id.eq(id))
        .filter(is_open())
        .exec(txn)
        .await?;
    Ok(())
}

/// What is settled stays settled: the fold may come before the answer of a node.
fn is_open() -> sea_orm::sea_query::SimpleExpr {
    intent::Column::State
        .is_in([IntentState::Pending, IntentState::Sent].map(|state| codec::word(&state)))
}
