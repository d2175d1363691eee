//! Intents of this service that blocks settle.

use std::collections::BTreeMap;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};
use theriac_ledger::identifier::Height;

use super::{FinalBlock, FoldError};
use crate::codec;
use crate::entity::intent;
use crate::error::StorageError;
use crate::repository::IN_LIST;
use crate::repository::intents::IntentState;

/// Marks the intents whose transactions are in the blocks as final.
pub(super) async fn settle(
    txn: &DatabaseTransaction,
    blocks: &[FinalBlock<'_>],
) -> Result<(), FoldError> {
    let mut places: BTreeMap<Vec<u8>, (Height, usize)> = BTreeMap::new();
    for block in blocks {
        for (index, transaction) in block.transactions.iter().enumerate() {
            let place = (block.header.height, index);
            places.insert(codec::bytes(&transaction.id.0), place);
        }
    }
    let ids: Vec<&Vec<u8>> = places.keys().collect();
    for part in ids.chunks(IN_LIST) {
        let own: Vec<(i64, Option<Vec<u8>>)> = intent::Entity::find()
            .select_only()
            .columns([intent::Column::Number, intent::Column::TransactionId])
            .filter(intent::Column::TransactionId.is_in(part.iter().map(|id| (*id).clone())))
            .into_tuple()
            .all(txn)
            .await?;
        for (number, id) in own {
            let place = id.and_then(|id| places.get(&id));
            if let Some((height, index)) = place {
                settle_one(txn, number, *height, *index).await?;
            }
        }
    }
    Ok(())
}

async fn settle_one(
    txn: &DatabaseTransaction,
    number: i64,
    height: Height,
    index: usize,
) -> Result<(), StorageError> {
    let too_large = |what| move |_| StorageError::OutOfRange { what };
    let height = i64::try_from(height).map_err(too_large("a height"))?;
    let position = i32::try_from(index).map_err(too_large("a position"))?;
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
    Ok(())
}
