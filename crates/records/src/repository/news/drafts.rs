//! Requests that wait for a second person, and what became of them.

use sea_orm::sea_query::IntoCondition as _;
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use theriac_ledger::identifier::Timestamp;

use super::{Found, NewsKind, kept_since, untold};
use crate::codec;
use crate::entity::draft;
use crate::error::StorageError;
use crate::repository::drafts::DraftState;

/// Drafts of one gathering: the rest comes with the next.
const DRAFTS_MAX: u64 = 1_000;

/// Id, kind, author, state, and who decided.
type Row = (String, String, String, String, Option<String>);

/// Drafts that wait and were not told of.
pub(super) async fn waiting(
    txn: &DatabaseTransaction,
    now: Timestamp,
    found: &mut Vec<Found>,
) -> Result<(), StorageError> {
    let open = codec::word(&DraftState::Open);
    let since = draft::Column::CreatedAt.gte(kept_since(now)?);
    let kind = NewsKind::DraftWaiting;
    let which = Condition::all()
        .add(draft::Column::State.eq(open))
        .add(since);
    gather(txn, which, draft::Column::CreatedAt, (kind, found)).await
}

/// Drafts that were decided, and not told of since.
pub(super) async fn decided(
    txn: &DatabaseTransaction,
    now: Timestamp,
    found: &mut Vec<Found>,
) -> Result<(), StorageError> {
    let since = draft::Column::DecidedAt.gte(kept_since(now)?);
    let kind = NewsKind::DraftDecided;
    gather(
        txn,
        since.into_condition(),
        draft::Column::DecidedAt,
        (kind, found),
    )
    .await
}

async fn gather(
    txn: &DatabaseTransaction,
    which: Condition,
    order: draft::Column,
    (kind, found): (NewsKind, &mut Vec<Found>),
) -> Result<(), StorageError> {
    let rows: Vec<Row> = draft::Entity::find()
        .select_only()
        .columns([
            draft::Column::Id,
            draft::Column::Kind,
            draft::Column::Author,
            draft::Column::State,
            draft::Column::DecidedBy,
        ])
        .filter(which)
        .filter(untold(kind, draft::Column::Id))
        .order_by_asc(order)
        .limit(DRAFTS_MAX)
        .into_tuple()
        .all(txn)
        .await?;
    found.extend(rows.into_iter().map(|(id, of, author, state, by)| Found {
        kind,
        document: json!({
            "draft": id, "kind": of, "author": author, "state": state, "decided_by": by,
        }),
        subject: id,
    }));
    Ok(())
}
