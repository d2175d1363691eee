//! Intents about the dispensing of packs.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use theriac_ledger::action::ActionKind;
use theriac_ledger::identifier::TransactionId;

use super::open::open_states;
use super::{IntentRecord, intent_of};
use crate::entity::intent;
use crate::error::StorageError;
use crate::{Database, codec};

/// Intents that dispense packs or undo it and are not settled, in the order in which they were stored.
pub async fn list_open_of_packs(db: &Database) -> Result<Vec<IntentRecord>, StorageError> {
    let kinds = [ActionKind::Dispense, ActionKind::Reactivate].map(|kind| i32::from(kind.number()));
    let rows = intent::Entity::find()
        .filter(intent::Column::State.is_in(open_states()))
        .filter(intent::Column::Kind.is_in(kinds))
        .order_by_asc(intent::Column::Number)
        .all(db.reader())
        .await?;
    rows.into_iter().map(intent_of).collect()
}

/// Who asked for what a transaction did, where it is our own.
pub async fn find_caller(
    db: &Database,
    transaction: &TransactionId,
) -> Result<Option<String>, StorageError> {
    let row = intent::Entity::find()
        .filter(intent::Column::TransactionId.eq(codec::bytes(&transaction.0)))
        .one(db.reader())
        .await?;
    Ok(row.and_then(|row| row.caller))
}
