//! Exceptions of deliveries: rests of shipments, as the chain has them, and what the parties wrote about them.

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, Order, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::Serialize;
use theriac_crypto::Digest;
use theriac_gs1::Sscc;
use theriac_ledger::action::ReceiveExceptionReason;
use theriac_ledger::identifier::{AccountId, RunId, ShipmentId, Timestamp};
use theriac_ledger::pack_set::PackRange;

use super::intents::IntentState;
use super::lots::runs_by_id;
use super::shipments::{ShipmentRecord, shipment_of};
use crate::entity::{anchor, exception_message, intent, rest_item, shipment};
use crate::error::StorageError;
use crate::fold::statement::insert_all;
use crate::{Database, Sequence, codec};

/// Messages of one party in one case: a case that needs more is settled by telephone. Neither party can use up what
/// the other may say.
pub const CASE_MESSAGES_MAX: u64 = 128;

/// What was not received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RestThing {
    /// Consecutive packs of a run.
    Packs {
        /// The run.
        run: RunId,
        /// Which packs.
        range: PackRange,
    },
    /// A unit, with everything in it.
    Unit(Sscc),
}

/// What was not received, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RestItem {
    /// Why.
    pub reason: ReceiveExceptionReason,
    /// What.
    pub thing: RestThing,
}

/// A message to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// The digest that its author puts on record.
    pub digest: Digest,
    /// The case.
    pub case: Digest,
    /// Whether the case begins with it.
    pub opens: bool,
    /// Who wrote it.
    pub author: AccountId,
    /// For whom.
    pub addressee: AccountId,
    /// Its bytes.
    pub document: Vec<u8>,
}

/// A message about a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageRecord {
    /// The message.
    pub message: NewMessage,
    /// Where on the chain its author put its digest, and the block time.
    pub anchored: Option<(Sequence, Timestamp)>,
    /// The intent behind it, where it is our own.
    pub intent: Option<String>,
    /// When the addressee's service took it, where it is our own.
    pub delivered_at: Option<Timestamp>,
    /// Why it did not last time.
    pub trouble: Option<String>,
}

/// What became of a message that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// It is kept now.
    Stored,
    /// It was here before.
    Known,
    /// Its author has not put its digest on record, as far as this database knows.
    NotAnchored,
    /// Its author has [`CASE_MESSAGES_MAX`] messages in the case.
    CaseFull,
}

/// The rest of a shipment, where not all of it was received.
pub async fn find_rest_of(
    db: &Database,
    shipment: &ShipmentId,
) -> Result<Option<ShipmentRecord>, StorageError> {
    let row = shipment::Entity::find()
        .filter(shipment::Column::RestOf.eq(codec::bytes(&shipment.0)))
        .one(db.reader())
        .await?;
    row.as_ref().map(shipment_of).transpose()
}

/// Rests of shipments from and to an account, the newest first.
pub async fn list_rests(
    db: &Database,
    account: &AccountId,
    before: Option<Sequence>,
    limit: u64,
) -> Result<Vec<ShipmentRecord>, StorageError> {
    let own = codec::bytes(&account.0);
    let mut query = shipment::Entity::find()
        .filter(shipment::Column::RestOf.is_not_null())
        .filter(
            Condition::any()
                .add(shipment::Column::FromAccount.eq(own.clone()))
                .add(shipment::Column::ToAccount.eq(own)),
        );
    if let Some(before) = before {
        query = query.filter(shipment::Column::Sequence.lt(before.0));
    }
    let rows = query
        .order_by_desc(shipment::Column::Sequence)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.iter().map(shipment_of).collect()
}

/// What is in a rest shipment from its beginning, and why, in the order of the receipt.
pub async fn list_rest_items(
    db: &Database,
    rest: &ShipmentId,
) -> Result<Vec<RestItem>, StorageError> {
    let rows = rest_item::Entity::find()
        .filter(rest_item::Column::Rest.eq(codec::bytes(&rest.0)))
        .order_by_asc(rest_item::Column::Item)
        .all(db.reader())
        .await?;
    let runs = runs_by_id(db.reader(), rows.iter().filter_map(|row| row.run)).await?;
    let corrupt = StorageError::Corrupt {
        column: "rest_items.run",
    };
    rows.iter()
        .map(|row| {
            let thing = match (row.run, row.first, row.count, &row.sscc) {
                (Some(run), Some(first), Some(count), None) => RestThing::Packs {
                    run: runs.get(&run).ok_or(corrupt.clone())?.run,
                    range: PackRange {
                        first: codec::unsigned(first, "rest_items.first")?,
                        count: codec::unsigned(count, "rest_items.count")?,
                    },
                },
                (None, None, None, Some(sscc)) => {
                    RestThing::Unit(codec::text(sscc, "rest_items.sscc")?)
                }
                _ => return Err(corrupt.clone()),
            };
            let reason = codec::from_word(&row.reason, "rest_items.reason")?;
            Ok(RestItem { reason, thing })
        })
        .collect()
}

/// The messages of a case in the order of the chain; our own that are not on record yet come last, and those
/// that never will be are left out.
pub async fn list_messages(
    db: &Database,
    case: &Digest,
) -> Result<Vec<MessageRecord>, StorageError> {
    let refused = Query::select()
        .column(intent::Column::Id)
        .from(intent::Entity)
        .and_where(intent::Column::State.eq(codec::word(&IntentState::Rejected)))
        .to_owned();
    let rows = exception_message::Entity::find()
        .filter(exception_message::Column::CaseId.eq(codec::bytes(case)))
        .filter(
            Condition::any()
                .add(exception_message::Column::Sequence.is_not_null())
                .add(exception_message::Column::Intent.not_in_subquery(refused)),
        )
        .order_by(exception_message::Column::Sequence.is_null(), Order::Asc)
        .order_by_asc(exception_message::Column::Sequence)
        .order_by_asc(exception_message::Column::CreatedAt)
        .all(db.reader())
        .await?;
    rows.iter().map(message_of).collect()
}

/// One message.
pub async fn find_message(
    db: &Database,
    digest: &Digest,
) -> Result<Option<MessageRecord>, StorageError> {
    let row = exception_message::Entity::find_by_id(codec::bytes(digest))
        .one(db.reader())
        .await?;
    row.as_ref().map(message_of).transpose()
}

/// Messages on record with which cases begin, the newest first.
pub async fn list_openings(
    db: &Database,
    before: Option<Sequence>,
    limit: u64,
) -> Result<Vec<MessageRecord>, StorageError> {
    let mut query = exception_message::Entity::find()
        .filter(exception_message::Column::Opens.eq(true))
        .filter(exception_message::Column::Sequence.is_not_null());
    if let Some(before) = before {
        query = query.filter(exception_message::Column::Sequence.lt(before.0));
    }
    let rows = query
        .order_by_desc(exception_message::Column::Sequence)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.iter().map(message_of).collect()
}

/// Keeps a message of a partner, if its author has put its digest on record.
pub async fn receive_message(
    db: &Database,
    now: Timestamp,
    new: &NewMessage,
) -> Result<Received, StorageError> {
    let txn = db.begin().await?;
    let (digest, author) = (codec::bytes(&new.digest), codec::bytes(&new.author.0));
    let known = exception_message::Entity::find_by_id(digest.clone())
        .one(&txn)
        .await?;
    if known.is_some() {
        return Ok(Received::Known);
    }
    let anchored = anchor::Entity::find()
        .filter(anchor::Column::Digest.eq(digest))
        .filter(anchor::Column::Account.eq(author))
        .order_by_asc(anchor::Column::Sequence)
        .one(&txn)
        .await?;
    let Some(anchored) = anchored else {
        return Ok(Received::NotAnchored);
    };
    if count_messages(&txn, &new.case, &new.author).await? >= CASE_MESSAGES_MAX {
        return Ok(Received::CaseFull);
    }
    let row = exception_message::Model {
        sequence: Some(anchored.sequence),
        anchored_at: Some(anchored.time),
        ..row_of(new, codec::time(now)?)
    };
    insert_all::<exception_message::Entity>(&txn, vec![row]).await?;
    txn.commit().await?;
    Ok(Received::Stored)
}

/// How many messages a party has written in a case.
pub async fn count_case(
    db: &Database,
    case: &Digest,
    author: &AccountId,
) -> Result<u64, StorageError> {
    count_messages(db.reader(), case, author).await
}

async fn count_messages<C: ConnectionTrait>(
    db: &C,
    case: &Digest,
    author: &AccountId,
) -> Result<u64, StorageError> {
    use sea_orm::PaginatorTrait as _;
    Ok(exception_message::Entity::find()
        .filter(exception_message::Column::CaseId.eq(codec::bytes(case)))
        .filter(exception_message::Column::Author.eq(codec::bytes(&author.0)))
        .count(db)
        .await?)
}

/// Our own messages that are on record after a place of the chain and that their addressees do not have, in the order
/// of the chain.
pub async fn list_undelivered(
    db: &Database,
    author: &AccountId,
    except: &[AccountId],
    after: Option<Sequence>,
    limit: u64,
) -> Result<Vec<MessageRecord>, StorageError> {
    let except = except.iter().map(|account| codec::bytes(&account.0));
    let mut query = exception_message::Entity::find()
        .filter(exception_message::Column::Author.eq(codec::bytes(&author.0)))
        .filter(exception_message::Column::Addressee.is_not_in(except))
        .filter(exception_message::Column::Sequence.is_not_null())
        .filter(exception_message::Column::DeliveredAt.is_null());
    if let Some(after) = after {
        query = query.filter(exception_message::Column::Sequence.gt(after.0));
    }
    let rows = query
        .order_by_asc(exception_message::Column::Sequence)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.iter().map(message_of).collect()
}

/// The addressee's service has taken a message.
pub async fn mark_delivered(
    db: &Database,
    now: Timestamp,
    digest: &Digest,
) -> Result<(), StorageError> {
    exception_message::Entity::update_many()
        .col_expr(
            exception_message::Column::DeliveredAt,
            Expr::value(codec::time(now)?),
        )
        .col_expr(
            exception_message::Column::Trouble,
            Expr::value(None::<String>),
        )
        .filter(exception_message::Column::Digest.eq(codec::bytes(digest)))
        .exec(db.writer())
        .await?;
    Ok(())
}

/// The addressee's service has not taken a message; `trouble` says why, for people.
pub async fn mark_undelivered(
    db: &Database,
    digest: &Digest,
    trouble: &str,
) -> Result<(), StorageError> {
    exception_message::Entity::update_many()
        .col_expr(exception_message::Column::Trouble, Expr::value(trouble))
        .filter(exception_message::Column::Digest.eq(codec::bytes(digest)))
        .exec(db.writer())
        .await?;
    Ok(())
}

/// Keeps a message of our own with the intent that puts its digest on record.
pub(crate) async fn insert_own(
    txn: &DatabaseTransaction,
    now: i64,
    new: &NewMessage,
    intent: &str,
) -> Result<(), StorageError> {
    let row = exception_message::Model {
        intent: Some(intent.to_owned()),
        ..row_of(new, now)
    };
    insert_all::<exception_message::Entity>(txn, vec![row]).await
}

fn row_of(new: &NewMessage, created_at: i64) -> exception_message::Model {
    exception_message::Model {
        digest: codec::bytes(&new.digest),
        case_id: codec::bytes(&new.case),
        opens: new.opens,
        author: codec::bytes(&new.author.0),
        addressee: codec::bytes(&new.addressee.0),
        document: new.document.clone(),
        intent: None,
        sequence: None,
        anchored_at: None,
        delivered_at: None,
        trouble: None,
        told_at: None,
        created_at,
    }
}

fn message_of(row: &exception_message::Model) -> Result<MessageRecord, StorageError> {
    let id = |bytes: &[u8], column| codec::digest(bytes, column);
    let anchored = row
        .sequence
        .zip(row.anchored_at)
        .map(|(sequence, at)| {
            let at = codec::timestamp(at, "exception_messages.anchored_at")?;
            Ok::<_, StorageError>((Sequence(sequence), at))
        })
        .transpose()?;
    Ok(MessageRecord {
        message: NewMessage {
            digest: id(&row.digest, "exception_messages.digest")?,
            case: id(&row.case_id, "exception_messages.case_id")?,
            opens: row.opens,
            author: AccountId(id(&row.author, "exception_messages.author")?),
            addressee: AccountId(id(&row.addressee, "exception_messages.addressee")?),
            document: row.document.clone(),
        },
        anchored,
        intent: row.intent.clone(),
        delivered_at: row
            .delivered_at
            .map(|at| codec::timestamp(at, "exception_messages.delivered_at"))
            .transpose()?,
        trouble: row.trouble.clone(),
    })
}
