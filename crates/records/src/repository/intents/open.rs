//! Intents that are not settled.

use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use theriac_ledger::action::ActionBody;

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

/// What intents of other requests ask for that were stored before this one and are not settled: at most
/// `limit`, new runs left out, which name packs that nothing else can name yet.
pub async fn list_bodies_before(
    db: &Database,
    id: &str,
    limit: u64,
) -> Result<Vec<ActionBody>, StorageError> {
    let own: Option<(i64, Option<String>)> = intent::Entity::find()
        .select_only()
        .columns([intent::Column::Number, intent::Column::Job])
        .filter(intent::Column::Id.eq(id))
        .into_tuple()
        .one(db.reader())
        .await?;
    let Some((number, job)) = own else {
        return Ok(Vec::new());
    };
    let rows = intent::Entity::find()
        .filter(intent::Column::State.is_in(open_states()))
        .filter(intent::Column::Number.lt(number))
        .filter(intent::Column::Job.ne(job.unwrap_or_default()))
        .filter(intent::Column::Packs.is_null())
        .order_by_desc(intent::Column::Number)
        .limit(limit)
        .all(db.reader())
        .await?;
    let mut bodies = Vec::with_capacity(rows.len());
    for row in rows {
        // An action of a later version names nothing that this one knows.
        bodies.extend(super::intent_of(row)?.body().ok());
    }
    Ok(bodies)
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
