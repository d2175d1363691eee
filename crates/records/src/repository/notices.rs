//! Notices of recalls, kept whole by whoever signed the recall.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use theriac_crypto::Digest;

use crate::entity::recall_notice;
use crate::error::StorageError;
use crate::{Database, codec};

/// The notice with this digest, if this service wrote it.
pub async fn find_notice(db: &Database, digest: &Digest) -> Result<Option<String>, StorageError> {
    let row = recall_notice::Entity::find()
        .filter(recall_notice::Column::Digest.eq(codec::bytes(digest)))
        .one(db.reader())
        .await?;
    Ok(row.map(|row| row.notice))
}
