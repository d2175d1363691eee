//! Intents that are not settled.

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::IntentState;
use crate::entity::intent;
use crate::error::StorageError;
use crate::{Database, codec};

/// Ids of intents that are not settled and wait for no other, in the order in which they were
/// stored.
pub async fn list_open(db: &Database, limit: u64) -> Result<Vec<String>, StorageError> {
    let finished = sea_orm::sea_query::Query::select()
        .column(intent::Column::Id)
        .from(intent::Entity)
        .and_where(intent::Column::State.eq(codec::word(&IntentState::Final)))
        .to_owned();
    Ok(intent::Entity::find()
        .select_only()
        .column(intent::Column::Id)
        .filter(intent::Column::State.is_in(open_states()))
        .filter(
            Condition::any()
                .add(intent::Column::DependsOn.is_null())
                .add(intent::Column::DependsOn.in_subquery(finished)),
        )
        .order_by_asc(intent::Column::Number)
        .limit(limit)
        .into_tuple()
        .all(db.reader())
        .await?)
}

/// Whether an intent that was stored before this one is not settled.
pub async fn has_open_before(db: &Database, id: &str) -> Result<bool, StorageError> {
    let own = intent::Entity::find()
        .select_only()
        .column(intent::Column::Number)
        .filter(intent::Column::Id.eq(id))
        .into_tuple::<i64>()
        .one(db.reader())
        .await?;
    let Some(own) = own else {
        return Ok(false);
    };
    let before = intent::Entity::find()
        .select_only()
        .column(intent::Column::Id)
        .filter(intent::Column::State.is_in(open_states()))
        .filter(intent::Column::Number.lt(own))
        .into_tuple::<String>()
        .one(db.reader())
        .await?;
    Ok(before.is_some())
}

/// States of intents that are not settled, as they are stored.
pub(super) fn open_states() -> [String; 2] {
    [IntentState::Pending, IntentState::Sent].map(|state| codec::word(&state))
}

/// How many intents are not settled.
pub async fn count_open(db: &Database) -> Result<u64, StorageError> {
    Ok(intent::Entity::find()
        .filter(intent::Column::State.is_in(open_states()))
        .count(db.reader())
        .await?)
}
