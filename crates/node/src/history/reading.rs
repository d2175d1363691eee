//! What the walk reads of a committed height, and what it leaves behind: the blocks of a bundle.

use std::collections::BTreeMap;
use std::sync::Arc;

use theriac_crypto::{Digest, PublicKey, merkle};
use theriac_ledger::block::{Block, transaction_leaf};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{AccountId, Height};
use theriac_ledger::record::{KeyRecord, Record as _};
use theriac_ledger::state_key::StateKey;
use theriac_proof::bundle::CertifiedHeader;
use theriac_proof::history::walk::{Act, Carrier, Source};
use theriac_proof::history::{
    HISTORY_BLOCKS_MAX, HISTORY_BYTES_MAX, HistoryBlock, PlacedTransaction, Step,
};

use super::{HistoryError, collect, list, missing};
use crate::store::{StoreError, View};

/// Reads a view for the walk.
pub(super) struct Reading<'v> {
    view: &'v View,
    accounts: BTreeMap<PublicKey, AccountId>,
    /// What was read, by height and index.
    placed: BTreeMap<Height, BTreeMap<u32, PlacedTransaction>>,
    /// Bytes of the transactions in it.
    bytes: usize,
    /// The block read last: steps of one block often follow each other.
    last: Option<Loaded>,
}

struct Loaded {
    block: Block,
    leaves: Vec<Digest>,
}

impl<'v> Reading<'v> {
    pub(super) fn new(view: &'v View) -> Self {
        Self {
            view,
            accounts: BTreeMap::new(),
            placed: BTreeMap::new(),
            bytes: 0,
            last: None,
        }
    }

    /// The blocks of all transactions that were read.
    pub(super) fn into_blocks<const MAX: usize>(
        self,
    ) -> Result<BoundedList<HistoryBlock, MAX>, HistoryError> {
        let mut blocks = Vec::new();
        for (height, transactions) in self.placed {
            let head = self.view.header(height)?;
            let (header, certificate) = head.ok_or_else(|| missing("header"))?;
            blocks.push(HistoryBlock {
                head: CertifiedHeader {
                    header,
                    certificate,
                    signers: None,
                },
                transactions: list(transactions.into_values().collect())?,
            });
        }
        list(blocks)
    }

    fn block(&mut self, height: Height) -> Result<&Loaded, StoreError> {
        let is_last = self
            .last
            .as_ref()
            .is_some_and(|last| last.block.header.height == height);
        if !is_last {
            let block = self.view.block(height)?.ok_or_else(|| missing("block"))?;
            let leaves = block.transactions.iter().map(transaction_leaf).collect();
            self.last = Some(Loaded { block, leaves });
        }
        self.last.as_ref().ok_or_else(|| missing("block"))
    }

    fn place(&mut self, step: &Step) -> Result<(PlacedTransaction, Act), HistoryError> {
        let loaded = self.block(step.height)?;
        let index = usize::try_from(step.index).unwrap_or(usize::MAX);
        let signed = loaded.block.transactions.get(index);
        let proof = merkle::prove(&loaded.leaves, index);
        let (Some(signed), Some(proof)) = (signed, proof) else {
            return Err(missing("transaction").into());
        };
        let body = signed.transaction.action.decode();
        let placed = PlacedTransaction {
            index: step.index,
            signed: signed.clone(),
            path: list(proof.path)?,
        };
        let (time, signer) = (loaded.block.header.time, signed.transaction.signer);
        let act = Act {
            id: step.id,
            signer,
            time,
            body: body.map_err(|error| StoreError::corrupt("block", error))?,
            account: self.account(&signer)?,
        };
        Ok((placed, act))
    }

    fn account(&mut self, key: &PublicKey) -> Result<AccountId, StoreError> {
        if let Some(account) = self.accounts.get(key) {
            return Ok(*account);
        }
        let record = self.view.find_record(&StateKey::key(key))?;
        let record = KeyRecord::load(&record.ok_or_else(|| missing("key"))?);
        let record = record.map_err(|error| StoreError::corrupt("key", error))?;
        self.accounts.insert(*key, record.private.account);
        Ok(record.private.account)
    }
}

impl Source for Reading<'_> {
    type Error = HistoryError;

    fn steps(&mut self, carrier: &Carrier) -> Result<Arc<[Step]>, HistoryError> {
        let key = match carrier {
            Carrier::Unit(sscc) => StateKey::unit(sscc),
            Carrier::Shipment(id) => StateKey::shipment(id),
        };
        Ok(collect(self.view.steps(&key))?.into())
    }

    fn act(&mut self, step: &Step) -> Result<Arc<Act>, HistoryError> {
        let (placed, act) = self.place(step)?;
        self.bytes = self.bytes.saturating_add(placed.signed.encode().len());
        self.placed
            .entry(step.height)
            .or_default()
            .insert(step.index, placed);
        // Ends the walk as soon as its bundle would be too long, not when all of it was read.
        if self.placed.len() > HISTORY_BLOCKS_MAX || self.bytes > HISTORY_BYTES_MAX {
            return Err(HistoryError::TooLong);
        }
        Ok(Arc::new(act))
    }
}
