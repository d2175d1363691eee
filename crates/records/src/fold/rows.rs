//! Rows that are read once and written together.

use std::collections::BTreeMap;

use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, Iterable as _, ModelTrait,
    PrimaryKeyToColumn as _, PrimaryKeyTrait, QueryFilter, Value,
};

use super::statement::{insert_all, upsert_all};
use crate::error::StorageError;

/// Keys named in one `IN` list.
const KEYS: usize = 1_000;

type Key<E> = <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;

/// How a row stands to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Stored,
    New,
    Changed,
}

/// Rows of one table, by primary key.
#[derive(Debug)]
pub(super) struct Rows<E: EntityTrait>
where
    Key<E>: Ord,
{
    rows: BTreeMap<Key<E>, (E::Model, Standing)>,
}

impl<E: EntityTrait> Default for Rows<E>
where
    Key<E>: Ord,
{
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
        }
    }
}

impl<E> Rows<E>
where
    E: EntityTrait,
    E::Model: ModelTrait<Entity = E> + Clone + Sync,
    Key<E>: Ord + Clone + Send + Sync,
{
    /// The row with a key, as it is after everything that was put.
    pub(super) async fn get(
        &mut self,
        txn: &DatabaseTransaction,
        key: &Key<E>,
    ) -> Result<Option<E::Model>, StorageError> {
        if let Some((model, _)) = self.rows.get(key) {
            return Ok(Some(model.clone()));
        }
        let found = E::find_by_id(key.clone()).one(txn).await?;
        if let Some(model) = &found {
            let row = (model.clone(), Standing::Stored);
            self.rows.insert(key.clone(), row);
        }
        Ok(found)
    }

    /// Reads those of many rows that are not here yet, for [`Rows::loaded`]; the key is one column.
    pub(super) async fn load(
        &mut self,
        txn: &DatabaseTransaction,
        keys: impl Iterator<Item = Key<E>>,
    ) -> Result<(), StorageError>
    where
        Key<E>: Into<Value>,
        E: KeyOf,
    {
        let missing: Vec<Key<E>> = keys.filter(|key| !self.rows.contains_key(key)).collect();
        for part in missing.chunks(KEYS) {
            for column in E::PrimaryKey::iter().take(1) {
                let named = column.into_column().is_in(part.iter().cloned());
                for model in E::find().filter(named).all(txn).await? {
                    self.rows
                        .insert(E::key_of(&model), (model, Standing::Stored));
                }
            }
        }
        Ok(())
    }

    /// A row that was read or put before.
    pub(super) fn loaded(&self, key: &Key<E>) -> Option<&E::Model> {
        self.rows.get(key).map(|(model, _)| model)
    }

    /// Puts a row that the database does not have.
    pub(super) fn insert(&mut self, key: Key<E>, model: E::Model) {
        self.rows.insert(key, (model, Standing::New));
    }

    /// Changes a row that was read or put before.
    pub(super) fn change(&mut self, key: &Key<E>, change: impl FnOnce(&mut E::Model)) {
        if let Some((model, standing)) = self.rows.get_mut(key) {
            change(model);
            if *standing == Standing::Stored {
                *standing = Standing::Changed;
            }
        }
    }

    /// Writes what is new or changed.
    pub(super) async fn write(&mut self, txn: &DatabaseTransaction) -> Result<(), StorageError> {
        let mut new = Vec::new();
        let mut changed = Vec::new();
        for (model, standing) in self.rows.values_mut() {
            match standing {
                Standing::Stored => continue,
                Standing::New => new.push(model.clone()),
                Standing::Changed => changed.push(model.clone()),
            }
            *standing = Standing::Stored;
        }
        insert_all::<E>(txn, new).await?;
        upsert_all::<E>(txn, changed).await
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Forgets every row; what was put and not written is lost.
    pub(super) fn clear(&mut self) {
        self.rows.clear();
    }
}

/// Tables whose key is one column of the row.
pub(super) trait KeyOf: EntityTrait {
    fn key_of(model: &Self::Model) -> Key<Self>;
}
