//! Intents of this service that a block settles.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};

use super::{FinalBlock, FoldError};
use crate::codec;
use crate::entity::intent;
use crate::error::StorageError;
use crate::repository::intents::IntentState;

/// Marks the intents whose transactions are in the block as final.
pub(super) async fn settle(
    txn: &DatabaseTransaction,
    block: FinalBlock<'_>,
) -> Result<(), FoldError> {
    let height = i64::try_from(block.header.height)
        .map_err(|_| StorageError::OutOfRange { what: "a height" })?;
    for (chunk_number, chunk) in block.transactions.chunks(1_000).enumerate() {
        let ids: Vec<Vec<u8>> = chunk.iter().map(|tx| codec::bytes(&tx.id.0)).collect();
        let own: Vec<(i64, Option<Vec<u8>>)> = intent::Entity::find()
            .select_only()
            .columns([intent::Column::Number, intent::Column::TransactionId])
            .filter(intent::Column::TransactionId.is_in(ids.clone()))
            .into_tuple()
            .all(txn)
            .await?;
        for (number, id) in own {
            let index = ids.iter().position(|found| Some(found) == id.as_ref());
            let position = index.and_then(|index| i32::try_from(chunk_number * 1_000 + index).ok());
            intent::Entity::update_many()
                .col_expr(
                    intent::Column::State,
                    Expr::value(codec::word(&IntentState::Final)),
                )
                .col_expr(intent::Column::Height, Expr::value(height))
                .col_expr(intent::Column::Position, Expr::value(position))
                .col_expr(intent::Column::ErrorCode, Expr::value(None::<String>))
                .col_expr(intent::Column::ErrorDetail, Expr::value(None::<String>))
                .col_expr(intent::Column::ErrorHint, Expr::value(None::<String>))
                .filter(intent::Column::Number.eq(number))
                .exec(txn)
                .await?;
        }
    }
    Ok(())
}
