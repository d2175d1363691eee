//! EPCIS events behind intents, kept whole by their owner.

use sea_orm::EntityTrait;
use theriac_crypto::Digest;

use crate::entity::event;
use crate::error::StorageError;
use crate::{Database, codec};

/// An event and what binds it to its transaction: `details_digest(salt, hash, 0)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// The intent it stands behind.
    pub intent: String,
    /// The salt.
    pub salt: [u8; 32],
    /// Its CBV event hash (SHA-256).
    pub hash: Digest,
    /// The event as JSON-LD.
    pub document: String,
}

/// The event behind an intent.
pub async fn find_event(db: &Database, intent: &str) -> Result<Option<EventRecord>, StorageError> {
    let row = event::Entity::find_by_id(intent).one(db.reader()).await?;
    row.map(event_of).transpose()
}

fn event_of(row: event::Model) -> Result<EventRecord, StorageError> {
    Ok(EventRecord {
        intent: row.intent,
        salt: codec::digest(&row.salt, "events.salt")?.0,
        hash: codec::digest(&row.hash, "events.hash")?,
        document: row.document,
    })
}
