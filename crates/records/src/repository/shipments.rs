//! Shipments.

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use theriac_ledger::action::Purpose;
use theriac_ledger::identifier::{AccountId, ShipmentId, Timestamp};

use crate::entity::shipment;
use crate::error::StorageError;
use crate::{Database, Sequence, codec};

/// What became of a shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShipmentOutcome {
    /// On its way: the sender still has custody.
    Open,
    /// The addressee has taken custody.
    Received,
    /// The addressee has refused it: it is the sender's again.
    Rejected,
    /// The sender has taken it back.
    Cancelled,
}

/// A shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShipmentRecord {
    /// Its id.
    pub id: ShipmentId,
    /// The sender.
    pub from: AccountId,
    /// The addressee.
    pub to: AccountId,
    /// Why it was sent.
    pub purpose: Purpose,
    /// What became of it.
    pub outcome: ShipmentOutcome,
    /// The shipment of which it is the rest.
    pub rest_of: Option<ShipmentId>,
    /// The transaction that opened it.
    pub opened: Sequence,
    /// Its block time.
    pub opened_at: Timestamp,
    /// The transaction that ended it.
    pub resolved: Option<Sequence>,
    /// Its block time.
    pub resolved_at: Option<Timestamp>,
}

impl ShipmentRecord {
    /// Who has custody of what is in it, or of what still names it once it has ended.
    pub fn holder(&self) -> AccountId {
        match self.outcome {
            ShipmentOutcome::Received => self.to,
            ShipmentOutcome::Open | ShipmentOutcome::Rejected | ShipmentOutcome::Cancelled => {
                self.from
            }
        }
    }
}

/// Which shipments to list; the newest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ShipmentFilter {
    /// Only those of this sender.
    pub from: Option<AccountId>,
    /// Only those to this addressee.
    pub to: Option<AccountId>,
    /// Only those with this outcome.
    pub outcome: Option<ShipmentOutcome>,
    /// Only those opened before this transaction: the next page.
    pub before: Option<Sequence>,
    /// At most this many.
    pub limit: u64,
}

/// One shipment.
pub async fn find_shipment(
    db: &Database,
    id: &ShipmentId,
) -> Result<Option<ShipmentRecord>, StorageError> {
    let row = shipment::Entity::find_by_id(codec::bytes(&id.0))
        .one(db.reader())
        .await?;
    row.as_ref().map(shipment_of).transpose()
}

/// Shipments by sender, addressee and outcome.
pub async fn list_shipments(
    db: &Database,
    filter: &ShipmentFilter,
) -> Result<Vec<ShipmentRecord>, StorageError> {
    page_shipments(db, filter, None).await
}

/// As [`list_shipments`], after one that a page before ended with: one transaction may open several.
pub async fn page_shipments(
    db: &Database,
    filter: &ShipmentFilter,
    after: Option<(Sequence, ShipmentId)>,
) -> Result<Vec<ShipmentRecord>, StorageError> {
    let mut query = shipment::Entity::find();
    if let Some(from) = &filter.from {
        query = query.filter(shipment::Column::FromAccount.eq(codec::bytes(&from.0)));
    }
    if let Some(to) = &filter.to {
        query = query.filter(shipment::Column::ToAccount.eq(codec::bytes(&to.0)));
    }
    if let Some(outcome) = &filter.outcome {
        query = query.filter(shipment::Column::Outcome.eq(codec::word(outcome)));
    }
    if let Some(before) = filter.before {
        query = query.filter(shipment::Column::Sequence.lt(before.0));
    }
    if let Some((last, id)) = after {
        let beside = Condition::all()
            .add(shipment::Column::Sequence.eq(last.0))
            .add(shipment::Column::Id.gt(codec::bytes(&id.0)));
        let older = shipment::Column::Sequence.lt(last.0);
        query = query.filter(Condition::any().add(older).add(beside));
    }
    let rows = query
        .order_by_desc(shipment::Column::Sequence)
        .order_by_asc(shipment::Column::Id)
        .limit(filter.limit)
        .all(db.reader())
        .await?;
    rows.iter().map(shipment_of).collect()
}

pub(crate) fn shipment_of(row: &shipment::Model) -> Result<ShipmentRecord, StorageError> {
    let id = |bytes: &[u8], column| codec::digest(bytes, column);
    Ok(ShipmentRecord {
        id: ShipmentId(id(&row.id, "shipments.id")?),
        from: AccountId(id(&row.from_account, "shipments.from_account")?),
        to: AccountId(id(&row.to_account, "shipments.to_account")?),
        purpose: codec::from_word(&row.purpose, "shipments.purpose")?,
        outcome: codec::from_word(&row.outcome, "shipments.outcome")?,
        rest_of: row
            .rest_of
            .as_ref()
            .map(|rest| id(rest, "shipments.rest_of").map(ShipmentId))
            .transpose()?,
        opened: Sequence(row.sequence),
        opened_at: codec::timestamp(row.opened_at, "shipments.opened_at")?,
        resolved: row.resolved_sequence.map(Sequence),
        resolved_at: row
            .resolved_at
            .map(|at| codec::timestamp(at, "shipments.resolved_at"))
            .transpose()?,
    })
}
