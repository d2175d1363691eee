//! Intents that are not settled.

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, JoinType, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};

use theriac_ledger::action::ActionBody;

use super::{IntentRecord, IntentState};
use crate::entity::{intent, intent_wait};
use crate::error::StorageError;
use crate::{Database, codec};

/// Ids of intents that are not settled and wait for no other, in the order in which they were
/// stored.
pub async fn list_open(db: &Database, limit: u64) -> Result<Vec<String>, StorageError> {
    let first = Alias::new("first");
    let of_first = |column: intent::Column| Expr::col((first.clone(), column));
    // One look by id for each that waits, and not the list of all that ever were final.
    let is_finished = Query::select()
        .expr(Expr::val(1))
        .from_as(intent::Entity, first.clone())
        .and_where(
            of_first(intent::Column::Id).eq(Expr::col((intent::Entity, intent::Column::DependsOn))),
        )
        .and_where(of_first(intent::Column::State).eq(codec::word(&IntentState::Final)))
        .to_owned();
    Ok(intent::Entity::find()
        .select_only()
        .column(intent::Column::Id)
        .filter(intent::Column::State.is_in(open_states()))
        .filter(
            Condition::any()
                .add(intent::Column::DependsOn.is_null())
                .add(Expr::exists(is_finished)),
        )
        .filter(Expr::exists(waits_still()).not())
        .order_by_asc(intent::Column::Number)
        .limit(limit)
        .into_tuple()
        .all(db.reader())
        .await?)
}

/// Whether an intent that was stored before this one is not settled.
pub async fn has_open_before(db: &Database, own: &IntentRecord) -> Result<bool, StorageError> {
    let before = intent::Entity::find()
        .select_only()
        .column(intent::Column::Id)
        .filter(intent::Column::State.is_in(open_states()))
        .filter(intent::Column::Number.lt(own.number))
        .into_tuple::<String>()
        .one(db.reader())
        .await?;
    Ok(before.is_some())
}

/// What intents of other requests ask for that were stored before this one and are not settled: at most
/// `limit`, new runs left out, which name packs that nothing else can name yet. Says, too, whether there may be more.
pub async fn list_bodies_before(
    db: &Database,
    own: &IntentRecord,
    limit: u64,
) -> Result<(Vec<ActionBody>, bool), StorageError> {
    let rows = intent::Entity::find()
        .filter(intent::Column::State.is_in(open_states()))
        .filter(intent::Column::Number.lt(own.number))
        .filter(intent::Column::Job.ne(own.job.as_deref().unwrap_or_default()))
        .filter(intent::Column::Packs.is_null())
        .order_by_desc(intent::Column::Number)
        .limit(limit)
        .all(db.reader())
        .await?;
    let is_cut = u64::try_from(rows.len()).is_ok_and(|count| count >= limit);
    let mut bodies = Vec::with_capacity(rows.len());
    for row in rows {
        // An action of a later version names nothing that this one knows.
        bodies.extend(super::intent_of(row)?.body().ok());
    }
    Ok((bodies, is_cut))
}

/// Whether one of several earlier intents for which an intent waits is not settled: a look by id, too. What is refused
/// takes those that wait with it.
fn waits_still() -> SelectStatement {
    let also = Alias::new("also");
    let of_also = |column: intent::Column| Expr::col((also.clone(), column));
    Query::select()
        .expr(Expr::val(1))
        .from(intent_wait::Entity)
        .join_as(
            JoinType::InnerJoin,
            intent::Entity,
            also.clone(),
            of_also(intent::Column::Id).eq(Expr::col((
                intent_wait::Entity,
                intent_wait::Column::WaitsFor,
            ))),
        )
        .and_where(
            Expr::col((intent_wait::Entity, intent_wait::Column::Intent))
                .eq(Expr::col((intent::Entity, intent::Column::Id))),
        )
        .and_where(of_also(intent::Column::State).is_in(open_states()))
        .to_owned()
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
