//! One transaction being folded, and what it names.

use sea_orm::{DatabaseTransaction, EntityTrait};
use theriac_crypto::PublicKey;
use theriac_gs1::{Gtin, Lot, Sscc};
use theriac_ledger::identifier::{AccountId, OrganisationId, ShipmentId, Timestamp, TransactionId};
use theriac_ledger::pack_set::PackRange;
use theriac_ledger::record::{PackPlace, UnitState};

use super::FoldError;
use super::memory::Memory;
use crate::codec;
use crate::entity::{
    account, key, transaction_lot, transaction_pack, transaction_shipment, transaction_unit,
};
use crate::error::StorageError;
use crate::sequence::Sequence;

/// One transaction being folded.
pub(super) struct Step<'t> {
    pub(super) txn: &'t DatabaseTransaction,
    pub(super) id: TransactionId,
    pub(super) sequence: Sequence,
    pub(super) time: Timestamp,
    /// The account that the signer acts for.
    pub(super) account: AccountId,
    pub(super) links: Links,
}

/// What a transaction names.
#[derive(Debug, Default)]
pub(super) struct Links {
    pub(super) packs: Vec<transaction_pack::Model>,
    pub(super) units: Vec<transaction_unit::Model>,
    pub(super) shipments: Vec<transaction_shipment::Model>,
    pub(super) lots: Vec<transaction_lot::Model>,
}

impl<'t> Step<'t> {
    pub(super) fn new(
        txn: &'t DatabaseTransaction,
        id: TransactionId,
        sequence: Sequence,
        time: Timestamp,
        account: AccountId,
    ) -> Self {
        Self {
            txn,
            id,
            sequence,
            time,
            account,
            links: Links::default(),
        }
    }

    pub(super) fn inconsistent(&self, what: &'static str) -> FoldError {
        FoldError::Inconsistent { id: self.id, what }
    }

    pub(super) fn link_packs(
        &mut self,
        run: i64,
        range: PackRange,
        place: Option<&PackPlace>,
    ) -> Result<(), StorageError> {
        let (place_kind, place) = place.map(codec::place_columns).unzip();
        self.links.packs.push(transaction_pack::Model {
            sequence: self.sequence.0,
            run,
            first: codec::int(range.first, "a position")?,
            count: codec::int(range.count, "a count")?,
            place_kind,
            place,
        });
        Ok(())
    }

    pub(super) fn link_unit(&mut self, sscc: &Sscc, state: Option<&UnitState>) {
        let (state_kind, state) = state.map(codec::unit_state_columns).unzip();
        self.links.units.push(transaction_unit::Model {
            sequence: self.sequence.0,
            sscc: sscc.as_str().to_owned(),
            state_kind,
            state,
        });
    }

    pub(super) fn link_shipment(&mut self, shipment: &ShipmentId) {
        self.links.shipments.push(transaction_shipment::Model {
            sequence: self.sequence.0,
            shipment: codec::bytes(&shipment.0),
        });
    }

    pub(super) fn link_lot(&mut self, gtin: &Gtin, lot: &Lot) {
        self.links.lots.push(transaction_lot::Model {
            sequence: self.sequence.0,
            gtin: gtin.as_str().to_owned(),
            lot: lot.as_str().to_owned(),
        });
    }

    /// The organisation of the signer's account.
    pub(super) async fn organisation(
        &self,
        memory: &mut Memory,
    ) -> Result<OrganisationId, FoldError> {
        if let Some(organisation) = memory.organisations.get(&self.account) {
            return Ok(*organisation);
        }
        let account = account::Entity::find_by_id(codec::bytes(&self.account.0))
            .one(self.txn)
            .await?
            .ok_or_else(|| self.inconsistent("the signer's account is not known"))?;
        let organisation = codec::digest(&account.organisation, "accounts.organisation")?;
        let organisation = OrganisationId(organisation);
        memory.organisations.insert(self.account, organisation);
        Ok(organisation)
    }
}

/// The account that a key acts for.
pub(super) async fn account_of(
    txn: &DatabaseTransaction,
    memory: &mut Memory,
    signer: &PublicKey,
) -> Result<AccountId, FoldError> {
    if let Some(account) = memory.accounts.get(signer) {
        return Ok(*account);
    }
    let record = key::Entity::find_by_id(signer.0.to_vec())
        .one(txn)
        .await?
        .ok_or(FoldError::UnknownKey { key: *signer })?;
    let account = AccountId(codec::digest(&record.account, "keys.account")?);
    memory.accounts.insert(*signer, account);
    Ok(account)
}
