//! How far the database has followed the chain.

use sea_orm::EntityTrait;
use theriac_ledger::block::Parent;

use crate::Database;
use crate::entity::followed_head;
use crate::error::StorageError;
use crate::fold::{HEAD, parent_of};

/// The last block folded: what the next one must follow from. `None` before the genesis is stored.
pub async fn find_head(db: &Database) -> Result<Option<Parent>, StorageError> {
    let head = followed_head::Entity::find_by_id(HEAD)
        .one(db.reader())
        .await?;
    head.as_ref().map(parent_of).transpose()
}
