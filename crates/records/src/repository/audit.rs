//! The audit trail: rows in one chain, each with the digest of itself and of the row before it.
//!
//! The digest of row `n` is `digest("audit-entry", d ‖ b)`: `d` the digest of row `n - 1`, zeros
//! before the first; `b` the row's fields in borsh: number (u64), time in milliseconds (u64), then
//! who, address, method, route and meaning as strings, the intents as a list of strings, the
//! request's id as a string, and the status (u16).
//!
//! Rows are only added. The database refuses to change or delete one; whoever owns the database can
//! switch that off, and then breaks the chain.

use borsh::BorshSerialize;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use theriac_crypto::{Digest, Digester};
use theriac_ledger::identifier::Timestamp;

use crate::entity::audit;
use crate::error::StorageError;
use crate::fold::statement::insert_all;
use crate::{Database, codec};

/// Characters of each text of a row.
pub const TEXT_CHARS_MAX: usize = 1_000;
/// Intents that one row names; a request with more names the first ones.
pub const INTENTS_MAX: usize = 1_000;
/// Rows that are read at once when the chain is checked.
const CHECKED_AT_ONCE: u64 = 1_000;

/// A row to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// From which address.
    pub address: String,
    /// With which method.
    pub method: String,
    /// The pattern of the route.
    pub route: String,
    /// What it meant, in words.
    pub meaning: String,
    /// The intents that it stored.
    pub intents: Vec<String>,
    /// The request's id.
    pub request_id: String,
    /// The HTTP status of the answer; 202 where an outcome was not known when the row was kept.
    pub status: u16,
}

/// A row of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its number, from 1.
    pub number: u64,
    /// What it says.
    pub entry: AuditEntry,
    /// Its digest.
    pub digest: Digest,
}

/// The trail, as it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedTrail {
    /// Rows that hold.
    pub rows: u64,
    /// Digest of the last one that holds: kept elsewhere, it shows whether rows were cut off.
    pub head: Digest,
    /// The first row that does not hold, and why.
    pub broken: Option<BrokenTrail>,
}

/// Where the trail is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BrokenTrail {
    /// A row is missing.
    #[error("row {number} is missing")]
    Missing {
        /// Its number.
        number: u64,
    },
    /// A row was changed.
    #[error("row {number} is not as it was written: its digest does not match")]
    Changed {
        /// Its number.
        number: u64,
    },
}

#[derive(BorshSerialize)]
struct Canonical<'e> {
    number: u64,
    at: u64,
    who: &'e str,
    address: &'e str,
    method: &'e str,
    route: &'e str,
    meaning: &'e str,
    intents: &'e [String],
    request_id: &'e str,
    status: u16,
}

impl AuditEntry {
    /// The digest of the row with this number after a row with the digest `previous`.
    ///
    /// # Panics
    ///
    /// Never: writing to memory does not fail.
    pub fn digest(&self, number: u64, previous: &Digest) -> Digest {
        let canonical = Canonical {
            number,
            at: self.at.0,
            who: &self.who,
            address: &self.address,
            method: &self.method,
            route: &self.route,
            meaning: &self.meaning,
            intents: &self.intents,
            request_id: &self.request_id,
            status: self.status,
        };
        let bytes = borsh::to_vec(&canonical).expect("writing to memory does not fail");
        Digester::new("audit-entry")
            .chain(previous.as_bytes())
            .chain(&bytes)
            .finish()
    }

    fn bounded(&self) -> Self {
        let text = |text: &str| text.chars().take(TEXT_CHARS_MAX).collect();
        Self {
            at: self.at,
            who: text(&self.who),
            address: text(&self.address),
            method: text(&self.method),
            route: text(&self.route),
            meaning: text(&self.meaning),
            intents: self.intents.iter().take(INTENTS_MAX).cloned().collect(),
            request_id: text(&self.request_id),
            status: self.status,
        }
    }
}

/// Adds a row.
pub async fn append(db: &Database, entry: &AuditEntry) -> Result<(), StorageError> {
    let txn = db.begin().await?;
    append_in(&txn, entry).await?;
    txn.commit().await?;
    Ok(())
}

/// Adds a row with what else the transaction writes.
pub(crate) async fn append_in(
    txn: &DatabaseTransaction,
    entry: &AuditEntry,
) -> Result<(), StorageError> {
    if txn.get_database_backend() == DbBackend::Postgres {
        // Two writers must not follow the same row. Readers go on.
        txn.execute_unprepared("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE")
            .await?;
    }
    let last = audit::Entity::find()
        .order_by_desc(audit::Column::Number)
        .one(txn)
        .await?;
    let (previous, number) = match last {
        Some(row) => {
            let digest = codec::digest(&row.digest, "audit.digest")?;
            (digest, number_of(row.number)?.saturating_add(1))
        }
        None => (Digest::ZERO, 1),
    };
    let entry = entry.bounded();
    let row = audit::Model {
        number: i64::try_from(number).map_err(|_| StorageError::OutOfRange {
            what: "a number of the audit trail",
        })?,
        at: codec::time(entry.at)?,
        who: entry.who.clone(),
        address: entry.address.clone(),
        method: entry.method.clone(),
        route: entry.route.clone(),
        meaning: entry.meaning.clone(),
        intents: codec::json(&entry.intents),
        request_id: entry.request_id.clone(),
        status: i32::from(entry.status),
        digest: codec::bytes(&entry.digest(number, &previous)),
    };
    insert_all::<audit::Entity>(txn, vec![row]).await?;
    Ok(())
}

/// Rows before one, the newest first.
pub async fn list_audit(
    db: &Database,
    before: Option<u64>,
    limit: u64,
) -> Result<Vec<AuditRecord>, StorageError> {
    let mut query = audit::Entity::find();
    if let Some(before) = before {
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        query = query.filter(audit::Column::Number.lt(before));
    }
    let rows = query
        .order_by_desc(audit::Column::Number)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.into_iter().map(record_of).collect()
}

/// Checks the whole chain, from its first row.
pub async fn check_audit(db: &Database) -> Result<CheckedTrail, StorageError> {
    let mut trail = CheckedTrail {
        rows: 0,
        head: Digest::ZERO,
        broken: None,
    };
    loop {
        let after = i64::try_from(trail.rows).unwrap_or(i64::MAX);
        let rows = audit::Entity::find()
            .filter(audit::Column::Number.gt(after))
            .order_by_asc(audit::Column::Number)
            .limit(CHECKED_AT_ONCE)
            .all(db.reader())
            .await?;
        if rows.is_empty() {
            return Ok(trail);
        }
        for row in rows {
            let number = trail.rows + 1;
            let found = number_of(row.number)?;
            let broken = match record_of(row) {
                _ if found != number => Some(BrokenTrail::Missing { number }),
                Ok(record) if record.entry.digest(number, &trail.head) == record.digest => {
                    trail.head = record.digest;
                    None
                }
                _ => Some(BrokenTrail::Changed { number }),
            };
            if broken.is_some() {
                trail.broken = broken;
                return Ok(trail);
            }
            trail.rows = number;
        }
    }
}

fn number_of(number: i64) -> Result<u64, StorageError> {
    u64::try_from(number).map_err(|_| StorageError::Corrupt {
        column: "audit.number",
    })
}

fn record_of(row: audit::Model) -> Result<AuditRecord, StorageError> {
    Ok(AuditRecord {
        number: number_of(row.number)?,
        entry: AuditEntry {
            at: codec::timestamp(row.at, "audit.at")?,
            who: row.who,
            address: row.address,
            method: row.method,
            route: row.route,
            meaning: row.meaning,
            intents: codec::from_json(&row.intents, "audit.intents")?,
            request_id: row.request_id,
            status: u16::try_from(row.status).map_err(|_| StorageError::Corrupt {
                column: "audit.status",
            })?,
        },
        digest: codec::digest(&row.digest, "audit.digest")?,
    })
}
