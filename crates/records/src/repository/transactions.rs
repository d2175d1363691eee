//! The journal: transactions of the chain.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use theriac_crypto::{Digest, PublicKey};
use theriac_ledger::action::ActionKind;
use theriac_ledger::identifier::{
    AccountId, Height, OrganisationId, PackLocation, Timestamp, TransactionId,
};

use super::IN_LIST;
use super::lots::find_run;
use crate::entity::{account, key, ledger_transaction, organisation, transaction_pack};
use crate::error::StorageError;
use crate::{Database, Sequence, codec};

/// A transaction of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TransactionRecord {
    /// Its id.
    pub id: TransactionId,
    /// Height of its block.
    pub height: Height,
    /// Index in the block.
    pub index: u32,
    /// Block time.
    pub time: Timestamp,
    /// The key that signed it.
    pub signer: PublicKey,
    /// The account that the key acts for.
    pub account: AccountId,
    /// Name of the premises.
    pub account_name: String,
    /// Whose account it is.
    pub organisation: OrganisationId,
    /// Its legal name.
    pub organisation_name: String,
    /// Kind of action, in snake case.
    pub kind: String,
    /// What it says: names and counts.
    pub summary: serde_json::Value,
    /// Salted digest of the business event behind it.
    pub details: Option<Digest>,
    /// Whether others may have held the key by then, as its revocation says: one folded later counts, too.
    pub is_disputed: bool,
}

/// Transactions by their place on the chain.
pub(crate) async fn by_sequence<C: ConnectionTrait>(
    db: &C,
    sequences: &BTreeSet<Sequence>,
) -> Result<BTreeMap<Sequence, TransactionRecord>, StorageError> {
    let sequences: Vec<i64> = sequences.iter().map(|sequence| sequence.0).collect();
    let mut rows = Vec::new();
    for part in sequences.chunks(IN_LIST) {
        let found = ledger_transaction::Entity::find()
            .filter(ledger_transaction::Column::Sequence.is_in(part.iter().copied()))
            .all(db)
            .await?;
        rows.extend(found);
    }
    records(db, rows).await
}

/// The last dispensing of a pack.
pub async fn find_last_dispensing(
    db: &Database,
    pack: &PackLocation,
) -> Result<Option<TransactionId>, StorageError> {
    let Some(run) = find_run(db.reader(), &pack.run).await? else {
        return Ok(None);
    };
    let position = codec::int(pack.position, "a position")?;
    let row = ledger_transaction::Entity::find()
        .filter(ledger_transaction::Column::Kind.eq(ActionKind::Dispense.name()))
        .filter(
            ledger_transaction::Column::Sequence.in_subquery(
                Query::select()
                    .column(transaction_pack::Column::Sequence)
                    .from(transaction_pack::Entity)
                    .and_where(transaction_pack::Column::Run.eq(run.id))
                    .and_where(transaction_pack::Column::First.lte(position))
                    .and_where(
                        Expr::col(transaction_pack::Column::First)
                            .add(Expr::col(transaction_pack::Column::Count))
                            .gt(position),
                    )
                    .to_owned(),
            ),
        )
        .order_by_desc(ledger_transaction::Column::Sequence)
        .one(db.reader())
        .await?;
    row.map(|row| codec::digest(&row.id, "ledger_transactions.id").map(TransactionId))
        .transpose()
}

async fn records<C: ConnectionTrait>(
    db: &C,
    rows: Vec<ledger_transaction::Model>,
) -> Result<BTreeMap<Sequence, TransactionRecord>, StorageError> {
    // The genesis bounds both tables to a few thousand rows.
    let accounts: BTreeMap<Vec<u8>, account::Model> = account::Entity::find()
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.id.clone(), row))
        .collect();
    let names: BTreeMap<Vec<u8>, String> = organisation::Entity::find()
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.id, row.legal_name))
        .collect();
    let compromised = compromised(db).await?;
    rows.into_iter()
        .map(|row| {
            let account = accounts.get(&row.account).ok_or(StorageError::Corrupt {
                column: "ledger_transactions.account",
            })?;
            let name = names.get(&account.organisation).cloned();
            let since = compromised.get(&row.signer);
            let found = Found {
                row: &row,
                account,
                organisation_name: name.unwrap_or_default(),
                is_disputed: since.is_some_and(|since| *since <= row.time),
            };
            Ok((Sequence(row.sequence), record(found)?))
        })
        .collect()
}

/// Keys that others may have held, and since when. Nothing of it stands beside the transactions: a
/// revocation is about what was folded before it, too.
async fn compromised<C: ConnectionTrait>(db: &C) -> Result<BTreeMap<Vec<u8>, i64>, StorageError> {
    let rows = key::Entity::find()
        .filter(key::Column::CompromisedSince.is_not_null())
        .all(db)
        .await?;
    let keys = rows
        .into_iter()
        .filter_map(|row| Some((row.key, row.compromised_since?)));
    Ok(keys.collect())
}

/// A transaction and what stands elsewhere about it.
struct Found<'a> {
    row: &'a ledger_transaction::Model,
    account: &'a account::Model,
    organisation_name: String,
    is_disputed: bool,
}

fn record(found: Found<'_>) -> Result<TransactionRecord, StorageError> {
    let Found { row, account, .. } = found;
    let sequence = Sequence(row.sequence);
    let signer = codec::digest(&row.signer, "ledger_transactions.signer")?;
    let details = row.details.as_ref();
    Ok(TransactionRecord {
        id: TransactionId(codec::digest(&row.id, "ledger_transactions.id")?),
        height: sequence.height(),
        index: sequence.index(),
        time: codec::timestamp(row.time, "ledger_transactions.time")?,
        signer: PublicKey(signer.0),
        account: AccountId(codec::digest(&row.account, "ledger_transactions.account")?),
        account_name: account.name.clone(),
        organisation: OrganisationId(codec::digest(
            &account.organisation,
            "accounts.organisation",
        )?),
        organisation_name: found.organisation_name,
        kind: row.kind.clone(),
        summary: codec::from_json(&row.summary, "ledger_transactions.summary")?,
        details: details
            .map(|bytes| codec::digest(bytes, "ledger_transactions.details"))
            .transpose()?,
        is_disputed: found.is_disputed,
    })
}
