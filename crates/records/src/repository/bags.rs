//! Bags: packs that are supplied together by one scan.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use theriac_gs1::{Gtin, SerialNumber};
use theriac_ledger::identifier::{PackKey, Timestamp};

use super::intents::RequestKey;
use super::{IN_LIST, older_than};
use crate::entity::{bag, bag_pack};
use crate::error::StorageError;
use crate::fold::statement::insert_all;
use crate::{Database, codec};

/// A pack in a bag.
pub type BagPack = (Gtin, SerialNumber);

/// A bag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BagRecord {
    /// Its id: random, chosen by the caller.
    pub id: String,
    /// What its label says.
    pub code: String,
    /// For people.
    pub name: Option<String>,
    /// Its packs, in the order in which they were scanned.
    pub packs: Vec<BagPack>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
}

/// What became of a bag that was to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredBag {
    /// It is kept.
    New,
    /// The same request made this one before.
    Before(Box<BagRecord>),
    /// The key was used for another request.
    KeyReused,
    /// Packs that are in other bags.
    Taken(Vec<(PackKey, String)>),
}

/// Keeps a bag.
pub async fn store_bag(
    db: &Database,
    key: &RequestKey,
    new: &BagRecord,
) -> Result<StoredBag, StorageError> {
    let txn = db.begin().await?;
    let first = bag::Entity::find()
        .filter(bag::Column::RequestKey.eq(key.key.as_str()))
        .one(&txn)
        .await?;
    if let Some(first) = first {
        return before(&first, key);
    }
    let rows: Vec<bag_pack::Model> = new
        .packs
        .iter()
        .map(|(gtin, serial)| bag_pack::Model {
            pack_key: PackKey::new(gtin, serial).0.to_vec(),
            bag: new.id.clone(),
        })
        .collect();
    let mut taken = Vec::new();
    for part in rows.chunks(IN_LIST) {
        let keys = part.iter().map(|row| row.pack_key.clone());
        let found = bag_pack::Entity::find()
            .filter(bag_pack::Column::PackKey.is_in(keys))
            .all(&txn)
            .await?;
        for row in found {
            let key = row.pack_key.as_slice().try_into();
            let key = key.map_err(|_| StorageError::Corrupt {
                column: "bag_packs.pack_key",
            })?;
            taken.push((PackKey(key), row.bag));
        }
    }
    if !taken.is_empty() {
        return Ok(StoredBag::Taken(taken));
    }
    let row = bag::Model {
        id: new.id.clone(),
        code: new.code.clone(),
        name: new.name.clone(),
        packs: codec::json(&new.packs),
        created_by: new.created_by.clone(),
        created_at: codec::time(new.created_at)?,
        request_key: key.key.clone(),
        request: codec::bytes(&key.request),
    };
    insert_all::<bag::Entity>(&txn, vec![row]).await?;
    insert_all::<bag_pack::Entity>(&txn, rows).await?;
    txn.commit().await?;
    Ok(StoredBag::New)
}

/// One bag by its id.
pub async fn find_bag(db: &Database, id: &str) -> Result<Option<BagRecord>, StorageError> {
    let row = bag::Entity::find_by_id(id).one(db.reader()).await?;
    row.as_ref().map(bag_of).transpose()
}

/// What a request's key stands for, where it stands for a bag.
pub async fn find_bag_of_key(
    db: &Database,
    key: &RequestKey,
) -> Result<Option<StoredBag>, StorageError> {
    let row = bag::Entity::find()
        .filter(bag::Column::RequestKey.eq(key.key.as_str()))
        .one(db.reader())
        .await?;
    row.map(|row| before(&row, key)).transpose()
}

fn before(row: &bag::Model, key: &RequestKey) -> Result<StoredBag, StorageError> {
    if row.request != codec::bytes(&key.request) {
        return Ok(StoredBag::KeyReused);
    }
    Ok(StoredBag::Before(Box::new(bag_of(row)?)))
}

/// One bag by what its label says.
pub async fn find_bag_by_code(
    db: &Database,
    code: &str,
) -> Result<Option<BagRecord>, StorageError> {
    let row = bag::Entity::find()
        .filter(bag::Column::Code.eq(code))
        .one(db.reader())
        .await?;
    row.as_ref().map(bag_of).transpose()
}

/// Bags, the newest first; older than one, where it is given by when it was made and its id.
pub async fn list_bags(
    db: &Database,
    before: Option<(Timestamp, &str)>,
    limit: u64,
) -> Result<Vec<BagRecord>, StorageError> {
    let mut query = bag::Entity::find();
    if let Some(before) = before {
        query = query.filter(older_than(bag::Column::CreatedAt, bag::Column::Id, before));
    }
    let rows = query
        .order_by_desc(bag::Column::CreatedAt)
        .order_by_desc(bag::Column::Id)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.iter().map(bag_of).collect()
}

/// Forgets a bag: its packs may go into others. Says whether there was one.
pub async fn remove_bag(db: &Database, id: &str) -> Result<bool, StorageError> {
    let txn = db.begin().await?;
    bag_pack::Entity::delete_many()
        .filter(bag_pack::Column::Bag.eq(id))
        .exec(&txn)
        .await?;
    let removed = bag::Entity::delete_by_id(id).exec(&txn).await?;
    txn.commit().await?;
    Ok(removed.rows_affected > 0)
}

fn bag_of(row: &bag::Model) -> Result<BagRecord, StorageError> {
    Ok(BagRecord {
        id: row.id.clone(),
        code: row.code.clone(),
        name: row.name.clone(),
        packs: codec::from_json(&row.packs, "bags.packs")?,
        created_by: row.created_by.clone(),
        created_at: codec::timestamp(row.created_at, "bags.created_at")?,
    })
}
