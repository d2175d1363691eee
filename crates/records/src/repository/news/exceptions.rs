//! Exceptions of deliveries that were opened, written about, or ended.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use theriac_crypto::Digest;
use theriac_ledger::identifier::Timestamp;

use super::{Found, NewsKind};
use crate::codec;
use crate::entity::{exception_message, news_cursor, shipment};
use crate::error::StorageError;
use crate::repository::IN_LIST;

/// Messages of one gathering: the rest comes with the next.
const MESSAGES_MAX: u64 = 1_000;

/// Rests of shipments that were opened or ended: what was not received, and what became of it.
pub(super) async fn rests(
    txn: &DatabaseTransaction,
    own: Condition,
    cursor: &news_cursor::Model,
    found: &mut Vec<Found>,
) -> Result<(), StorageError> {
    for (column, change) in [
        (shipment::Column::Sequence, "opened"),
        (shipment::Column::ResolvedSequence, "ended"),
    ] {
        let rows: Vec<Vec<u8>> = shipment::Entity::find()
            .select_only()
            .column(shipment::Column::RestOf)
            .filter(shipment::Column::RestOf.is_not_null())
            .filter(column.gt(cursor.sequence))
            .filter(own.clone())
            .order_by_asc(column)
            .into_tuple()
            .all(txn)
            .await?;
        // A case has the id of the shipment that was not received whole.
        for case in rows {
            found.push(changed(codec::digest(&case, "shipments.rest_of")?, change));
        }
    }
    Ok(())
}

/// Messages that are on record and were not told of, our own as well as those of partners.
pub(super) async fn messages(
    txn: &DatabaseTransaction,
    now: Timestamp,
    found: &mut Vec<Found>,
) -> Result<(), StorageError> {
    let rows: Vec<(Vec<u8>, Vec<u8>, bool)> = exception_message::Entity::find()
        .select_only()
        .columns([
            exception_message::Column::Digest,
            exception_message::Column::CaseId,
            exception_message::Column::Opens,
        ])
        .filter(exception_message::Column::ToldAt.is_null())
        .filter(exception_message::Column::Sequence.is_not_null())
        .order_by_asc(exception_message::Column::Sequence)
        .limit(MESSAGES_MAX)
        .into_tuple()
        .all(txn)
        .await?;
    for part in rows.chunks(IN_LIST) {
        let digests = part.iter().map(|(digest, ..)| digest.clone());
        exception_message::Entity::update_many()
            .col_expr(
                exception_message::Column::ToldAt,
                Expr::value(codec::time(now)?),
            )
            .filter(exception_message::Column::Digest.is_in(digests))
            .exec(txn)
            .await?;
    }
    for (_, case, opens) in rows {
        let change = if opens { "opened" } else { "message" };
        let case = codec::digest(&case, "exception_messages.case_id")?;
        found.push(changed(case, change));
    }
    Ok(())
}

fn changed(case: Digest, change: &'static str) -> Found {
    let subject = case.to_string();
    Found {
        kind: NewsKind::ExceptionChanged,
        document: json!({ "exception": subject, "change": change }),
        subject,
    }
}
