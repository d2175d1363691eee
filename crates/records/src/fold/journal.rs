//! The journal: every transaction, and what it named.

use theriac_ledger::transaction::SignedTransaction;

use super::FoldError;
use super::step::{Step, insert_all};
use crate::codec;
use crate::entity::{
    ledger_transaction, transaction_lot, transaction_pack, transaction_shipment, transaction_unit,
};

/// What is written of a transaction beside its links.
pub(super) struct Entry<'a> {
    pub(super) signed: &'a SignedTransaction,
    pub(super) kind: &'static str,
    pub(super) summary: serde_json::Value,
}

pub(super) async fn write(step: Step<'_>, entry: Entry<'_>) -> Result<(), FoldError> {
    let transaction = &entry.signed.transaction;
    let row = ledger_transaction::Model {
        sequence: step.sequence.0,
        id: codec::bytes(&step.id.0),
        time: codec::time(step.time)?,
        signer: transaction.signer.0.to_vec(),
        account: codec::bytes(&step.account.0),
        kind: entry.kind.to_owned(),
        summary: entry.summary.to_string(),
        details: transaction.details.as_ref().map(codec::bytes),
    };
    let txn = step.txn;
    insert_all::<ledger_transaction::Entity>(txn, vec![row]).await?;
    insert_all::<transaction_pack::Entity>(txn, step.links.packs).await?;
    insert_all::<transaction_unit::Entity>(txn, step.links.units).await?;
    insert_all::<transaction_shipment::Entity>(txn, step.links.shipments).await?;
    insert_all::<transaction_lot::Entity>(txn, step.links.lots).await?;
    Ok(())
}
