//! The owner's own copies of recall notices: the ledger holds their digests.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{binary, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("recall_notices")
                    .col(text("intent").primary_key())
                    .col(binary("digest"))
                    .col(text("notice"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("recall_notices_digest")
                    .table("recall_notices")
                    .col("digest")
                    .take(),
            )
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
