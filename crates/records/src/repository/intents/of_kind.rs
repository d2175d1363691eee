//! Open intents of some kinds, and who asked for what is on the ledger.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use theriac_ledger::action::{Action, ActionBody, ActionError, ActionKind};
use theriac_ledger::encoding::BoundedBytes;
use theriac_ledger::identifier::{Timestamp, TransactionId};

use super::open::open_states;
use crate::entity::intent;
use crate::error::StorageError;
use crate::{Database, codec};

/// An intent that is not settled: what is asked for, by whom and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIntent {
    /// What is meant, as it travels.
    pub action: Action,
    /// Who asked for it: the beginning of the request's key.
    pub caller: Option<String>,
    /// When it was stored.
    pub created_at: Timestamp,
}

impl OpenIntent {
    /// The action, decoded.
    pub fn body(&self) -> Result<ActionBody, ActionError> {
        self.action.decode()
    }
}

/// Intents of these kinds that are not settled, in the order in which they were stored.
pub async fn list_open_of(
    db: &Database,
    kinds: &[ActionKind],
) -> Result<Vec<OpenIntent>, StorageError> {
    let kinds = kinds.iter().map(|kind| i32::from(kind.number()));
    let rows: Vec<(i32, Vec<u8>, Option<String>, i64)> = intent::Entity::find()
        .select_only()
        .columns([
            intent::Column::Kind,
            intent::Column::Body,
            intent::Column::Caller,
            intent::Column::CreatedAt,
        ])
        .filter(intent::Column::State.is_in(open_states()))
        .filter(intent::Column::Kind.is_in(kinds))
        .order_by_asc(intent::Column::Number)
        .into_tuple()
        .all(db.reader())
        .await?;
    let corrupt = |column| StorageError::Corrupt { column };
    rows.into_iter()
        .map(|(kind, body, caller, created_at)| {
            let kind = u16::try_from(kind).map_err(|_| corrupt("intents.kind"))?;
            let body = BoundedBytes::new(body).map_err(|_| corrupt("intents.body"))?;
            Ok(OpenIntent {
                action: Action { kind, body },
                caller,
                created_at: codec::timestamp(created_at, "intents.created_at")?,
            })
        })
        .collect()
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
