//! The journal: every transaction, and what it named.

use sea_orm::DatabaseTransaction;
use theriac_ledger::transaction::SignedTransaction;

use super::statement::insert_all;
use super::step::Step;
use crate::codec;
use crate::entity::{
    ledger_transaction, transaction_lot, transaction_pack, transaction_shipment, transaction_unit,
};
use crate::error::StorageError;

/// What is written of a transaction beside its links.
pub(super) struct Entry<'a> {
    pub(super) signed: &'a SignedTransaction,
    pub(super) kind: &'static str,
    pub(super) summary: serde_json::Value,
}

/// Lines that are not written yet.
#[derive(Debug, Default)]
pub(super) struct Journal {
    transactions: Vec<ledger_transaction::Model>,
    packs: Vec<transaction_pack::Model>,
    units: Vec<transaction_unit::Model>,
    shipments: Vec<transaction_shipment::Model>,
    lots: Vec<transaction_lot::Model>,
}

impl Journal {
    pub(super) fn put(&mut self, step: Step<'_>, entry: &Entry<'_>) -> Result<(), StorageError> {
        let transaction = &entry.signed.transaction;
        self.transactions.push(ledger_transaction::Model {
            sequence: step.sequence.0,
            id: codec::bytes(&step.id.0),
            time: codec::time(step.time)?,
            signer: transaction.signer.0.to_vec(),
            account: codec::bytes(&step.account.0),
            kind: entry.kind.to_owned(),
            summary: entry.summary.to_string(),
            details: transaction.details.as_ref().map(codec::bytes),
        });
        let links = step.links;
        self.packs.extend(links.packs);
        self.units.extend(links.units);
        self.shipments.extend(links.shipments);
        self.lots.extend(links.lots);
        Ok(())
    }

    pub(super) async fn write(&mut self, txn: &DatabaseTransaction) -> Result<(), StorageError> {
        let lines = std::mem::take(self);
        insert_all::<ledger_transaction::Entity>(txn, lines.transactions).await?;
        insert_all::<transaction_pack::Entity>(txn, lines.packs).await?;
        insert_all::<transaction_unit::Entity>(txn, lines.units).await?;
        insert_all::<transaction_shipment::Entity>(txn, lines.shipments).await?;
        insert_all::<transaction_lot::Entity>(txn, lines.lots).await
    }
}
