//! What is looked up again and again while blocks are folded, and what is to be written of them: read once,
//! written together.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{DatabaseTransaction, EntityTrait, QueryOrder, QuerySelect};
use theriac_crypto::PublicKey;
use theriac_ledger::identifier::{AccountId, OrganisationId, PackKey, RunId};

use super::journal::Journal;
use super::lots::index_packs;
use super::rows::{KeyOf, Rows};
use super::spans::Spans;
use super::statement::insert_all;
use super::stock::Counts;
use crate::entity::{lot, run, shipment, unit};
use crate::error::StorageError;

/// Packs whose index is held back before it is written.
const INDEX_HELD: usize = 100_000;

/// What the fold remembers. It belongs to one database, which nobody else writes, and only what was committed
/// stays in it: after a failure it is thrown away.
#[derive(Debug, Default)]
pub(super) struct Memory {
    pub(super) accounts: BTreeMap<PublicKey, AccountId>,
    pub(super) organisations: BTreeMap<AccountId, OrganisationId>,
    pub(super) runs: BTreeMap<RunId, i64>,
    pub(super) spans: Spans,
    pub(super) stock: Counts,
    pub(super) lots: Rows<lot::Entity>,
    pub(super) units: Rows<unit::Entity>,
    pub(super) shipments: Rows<shipment::Entity>,
    pub(super) journal: Journal,
    /// Accounts that have got something back, perhaps more; nothing where it was not read yet.
    pub(super) returning: Option<BTreeSet<Vec<u8>>>,
    last_run: Option<i64>,
    new_runs: Vec<run::Model>,
    index: Vec<(PackKey, i64, i32)>,
}

impl KeyOf for unit::Entity {
    fn key_of(model: &unit::Model) -> String {
        model.sscc.clone()
    }
}

impl Memory {
    /// The number of the next run: they are counted in the order of the chain, so that a database that is made
    /// anew has the same.
    pub(super) async fn next_run(
        &mut self,
        txn: &DatabaseTransaction,
    ) -> Result<i64, StorageError> {
        let last = match self.last_run {
            Some(last) => last,
            None => run::Entity::find()
                .select_only()
                .column(run::Column::Id)
                .order_by_desc(run::Column::Id)
                .into_tuple()
                .one(txn)
                .await?
                .unwrap_or_default(),
        };
        let next = last.saturating_add(1);
        self.last_run = Some(next);
        Ok(next)
    }

    pub(super) fn put_run(&mut self, run: run::Model) {
        self.new_runs.push(run);
    }

    /// Holds the index of a run's packs back, so that those of many small runs are written together.
    pub(super) async fn index(
        &mut self,
        txn: &DatabaseTransaction,
        packs: impl Iterator<Item = (PackKey, i64, i32)>,
    ) -> Result<(), StorageError> {
        self.index.extend(packs);
        if self.index.len() < INDEX_HELD {
            return Ok(());
        }
        index_packs(txn, std::mem::take(&mut self.index)).await
    }

    /// Writes everything that the blocks since the last call changed.
    pub(super) async fn write(&mut self, txn: &DatabaseTransaction) -> Result<(), StorageError> {
        index_packs(txn, std::mem::take(&mut self.index)).await?;
        insert_all::<run::Entity>(txn, std::mem::take(&mut self.new_runs)).await?;
        self.spans.write(txn).await?;
        self.stock.write(txn, &mut self.lots).await?;
        self.lots.write(txn).await?;
        self.units.write(txn).await?;
        self.shipments.write(txn).await?;
        self.journal.write(txn).await
    }

    /// Forgets what fills memory. Only after a commit: what is not written is lost.
    pub(super) fn trim(&mut self, kept: usize) {
        let rows = self.lots.len() + self.units.len() + self.shipments.len();
        if rows + self.runs.len() > kept {
            self.lots.clear();
            self.units.clear();
            self.shipments.clear();
            self.runs.clear();
        }
        if self.spans.len() > kept {
            self.spans.clear();
        }
    }
}
