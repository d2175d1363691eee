//! Dropping what came from the chain, so that it is folded again.
//!
//! [`begin`] empties the tables of the chain and stores the genesis, in one transaction, and notes which block was
//! the last. From then on the database is one that is behind, like any other: whoever folds next goes on from
//! where it is, also after a power cut. [`finish`] compares the block that was the last with the one that is at
//! its height now, and forgets it.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait};
use theriac_ledger::block::Parent;
use theriac_ledger::genesis::{Anchor, GenesisRecords};
use theriac_ledger::identifier::{BlockDigest, Height};

pub use crate::entity::{CHAIN_TABLES, OWN_TABLES};

use crate::Database;
use crate::entity::followed_head;
use crate::error::StorageError;
use crate::fold::{HEAD, REBUILT, head_model, parent_of};
use crate::genesis::insert_genesis;

/// Why a read model is not rebuilt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RebuildError {
    /// There is nothing to rebuild.
    #[error("the database has no read model yet; start the service instead: it makes one")]
    Nothing,
    /// The database follows another chain.
    #[error("the database follows chain {found}, not chain {expected}: check the configuration")]
    AnotherChain {
        /// The chain of the anchor that was given.
        expected: theriac_ledger::identifier::ChainId,
        /// The chain in the database.
        found: theriac_ledger::identifier::ChainId,
    },
    /// The chain has another block where the database had its last one.
    #[error(
        "the database had followed block {before} at height {height}, and the chain that was read now has {now}: one of them is not final; report this with both digests"
    )]
    AnotherBlock {
        /// The height.
        height: Height,
        /// The block before.
        before: BlockDigest,
        /// The block now.
        now: BlockDigest,
    },
    /// The database failed.
    #[error("the read model could not be rebuilt")]
    Storage(#[from] StorageError),
}

impl From<sea_orm::DbErr> for RebuildError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Storage(error.into())
    }
}

/// A rebuilding that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Begun {
    /// The last block that is folded again.
    pub head: Parent,
    /// The last block that there was before.
    pub target: Parent,
    /// Whether this is an earlier one, which did not end.
    pub is_resumed: bool,
}

/// Drops what came from the chain; or, where an earlier rebuilding did not end, drops nothing and says how far it
/// came. One whose work a service has finished since is over: then everything is dropped, as it was asked for. What is
/// only this service's stays.
pub async fn begin(
    db: &Database,
    anchor: &Anchor,
    records: &GenesisRecords,
) -> Result<Begun, RebuildError> {
    let txn = db.begin().await?;
    let head = find(&txn, HEAD).await?.ok_or(RebuildError::Nothing)?;
    let genesis = Parent::genesis(anchor);
    if head.chain_id != genesis.chain_id {
        return Err(RebuildError::AnotherChain {
            expected: genesis.chain_id,
            found: head.chain_id,
        });
    }
    if let Some(target) = find(&txn, REBUILT).await? {
        if head.height <= target.height {
            return Ok(Begun {
                head,
                target,
                is_resumed: true,
            });
        }
        forget_target(&txn).await?;
    }
    for table in CHAIN_TABLES {
        empty(&txn, table).await?;
    }
    insert_genesis(&txn, anchor, records).await?;
    let mut target = head_model(&head)?;
    target.id = REBUILT;
    followed_head::Entity::insert(followed_head::ActiveModel::from(target))
        .exec_without_returning(&txn)
        .await?;
    txn.commit().await?;
    Ok(Begun {
        head: genesis,
        target: head,
        is_resumed: false,
    })
}

/// Ends a rebuilding that has reached its block.
pub async fn finish(db: &Database, begun: &Begun) -> Result<(), RebuildError> {
    let txn = db.begin().await?;
    let head = find(&txn, HEAD).await?.ok_or(RebuildError::Nothing)?;
    let target = &begun.target;
    if head.height == target.height && head.digest != target.digest {
        return Err(RebuildError::AnotherBlock {
            height: target.height,
            before: target.digest,
            now: head.digest,
        });
    }
    forget_target(&txn).await?;
    txn.commit().await?;
    Ok(())
}

async fn forget_target(txn: &DatabaseTransaction) -> Result<(), StorageError> {
    followed_head::Entity::delete_by_id(REBUILT)
        .exec(txn)
        .await?;
    Ok(())
}

/// The block up to which a rebuilding that did not end has to come; nothing where a service has gone past it.
pub async fn find_unfinished(db: &Database) -> Result<Option<Parent>, StorageError> {
    let row = followed_head::Entity::find_by_id(REBUILT)
        .one(db.reader())
        .await?;
    let target = row.as_ref().map(parent_of).transpose()?;
    let head = followed_head::Entity::find_by_id(HEAD)
        .one(db.reader())
        .await?;
    let head = head.as_ref().map(parent_of).transpose()?;
    let height = head.map_or(0, |head| head.height);
    Ok(target.filter(|target| height <= target.height))
}

async fn find(txn: &DatabaseTransaction, id: i16) -> Result<Option<Parent>, RebuildError> {
    let row = followed_head::Entity::find_by_id(id).one(txn).await?;
    Ok(row.as_ref().map(parent_of).transpose()?)
}

/// Empties a table whole, which both databases do without looking at its rows.
async fn empty(txn: &DatabaseTransaction, table: &str) -> Result<(), StorageError> {
    let statement = match txn.get_database_backend() {
        DbBackend::Postgres => format!("TRUNCATE {table}"),
        _ => format!("DELETE FROM {table}"),
    };
    txn.execute_unprepared(&statement).await?;
    Ok(())
}
