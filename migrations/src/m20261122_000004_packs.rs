//! State of packs as maximal spans of equal packs, and the index from a pack's key to its place.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary, integer, small_integer};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("pack_spans")
                    .col(big_integer("run"))
                    .col(integer("first"))
                    .col(integer("count"))
                    .col(small_integer("status"))
                    .col(big_integer("since"))
                    .col(small_integer("place_kind"))
                    .col(binary("place"))
                    .col(binary("by"))
                    .primary_key(Index::create().col("run").col("first"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("pack_spans_place")
                    .table("pack_spans")
                    .col("place_kind")
                    .col("place")
                    .take(),
            )
            .await?;
        let mut index = Table::create()
            .table("pack_index")
            .col(binary("pack_key").primary_key())
            .col(big_integer("run"))
            .col(integer("position"))
            .take();
        if manager.get_database_backend() == sea_orm::DbBackend::Sqlite {
            // One tree instead of a table and an index over it: half the writes of a large run.
            index.extra("WITHOUT ROWID");
        }
        manager.create_table(index).await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
