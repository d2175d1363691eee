//! Where a read model begins: the genesis of the chain and the members' records.

use sea_orm::{DatabaseTransaction, EntityTrait};
use theriac_ledger::block::Parent;
use theriac_ledger::genesis::{Anchor, GenesisRecords};
use theriac_ledger::record::{AccountState, Standing};

use crate::entity::{account, followed_head, key, organisation};
use crate::error::StorageError;
use crate::fold::statement::insert_all;
use crate::fold::{HEAD, head_model, parent_of};
use crate::{Database, codec};

/// Why a database does not take a genesis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// It follows another chain.
    #[error("the database follows chain {found}, not chain {expected}: use another database")]
    AnotherChain {
        /// The chain of the anchor that was given.
        expected: theriac_ledger::identifier::ChainId,
        /// The chain in the database.
        found: theriac_ledger::identifier::ChainId,
    },
    /// The database did not take it.
    #[error("the genesis could not be stored")]
    Storage(#[from] StorageError),
}

impl From<sea_orm::DbErr> for GenesisError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Storage(error.into())
    }
}

/// Stores the genesis in a new database; in one that has it, checks that it is the same chain.
pub async fn store_genesis(
    db: &Database,
    anchor: &Anchor,
    records: &GenesisRecords,
) -> Result<(), GenesisError> {
    let first = Parent::genesis(anchor);
    if let Some(head) = followed_head::Entity::find_by_id(HEAD)
        .one(db.reader())
        .await?
    {
        let found = parent_of(&head)?.chain_id;
        if found == first.chain_id {
            return Ok(());
        }
        return Err(GenesisError::AnotherChain {
            expected: first.chain_id,
            found,
        });
    }
    let txn = db.begin().await?;
    insert_genesis(&txn, anchor, records).await?;
    txn.commit().await?;
    Ok(())
}

pub(crate) async fn insert_genesis(
    txn: &DatabaseTransaction,
    anchor: &Anchor,
    records: &GenesisRecords,
) -> Result<(), StorageError> {
    let first = Parent::genesis(anchor);
    insert_all::<organisation::Entity>(txn, organisations(records)).await?;
    insert_all::<account::Entity>(txn, accounts(records)).await?;
    insert_all::<key::Entity>(txn, keys(anchor, records)?).await?;
    insert_all::<followed_head::Entity>(txn, vec![head_model(&first)?]).await
}

fn organisations(records: &GenesisRecords) -> Vec<organisation::Model> {
    records
        .organisations
        .iter()
        .map(|record| organisation::Model {
            id: codec::bytes(&record.id.0),
            legal_name: record.legal_name.to_string(),
            roles: codec::json(&record.roles),
            licences: codec::json(&record.licences),
            gs1_prefixes: codec::json(&record.gs1_prefixes),
            standing: codec::word(&Standing::Good),
            service_address: record.service_address.to_string(),
        })
        .collect()
}

fn accounts(records: &GenesisRecords) -> Vec<account::Model> {
    records
        .accounts
        .iter()
        .map(|record| account::Model {
            id: codec::bytes(&record.id.0),
            organisation: codec::bytes(&record.organisation.0),
            gln: record.gln.to_string(),
            name: record.name.to_string(),
            latitude: record.place.latitude,
            longitude: record.place.longitude,
            country: record.country.to_string(),
            roles: codec::json(&record.roles),
            state: codec::word(&AccountState::Open),
        })
        .collect()
}

fn keys(anchor: &Anchor, records: &GenesisRecords) -> Result<Vec<key::Model>, StorageError> {
    records
        .keys
        .iter()
        .map(|record| {
            Ok(key::Model {
                key: record.key.0.to_vec(),
                account: codec::bytes(&record.account.0),
                purposes: codec::json(&record.purposes),
                active_since: codec::time(anchor.time)?,
                retired_at: None,
                compromised_since: None,
            })
        })
        .collect()
}
