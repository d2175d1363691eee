//! What else an intent waits for, where one earlier step is not enough.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("intent_waits")
                    .col(text("intent"))
                    .col(text("waits_for"))
                    .primary_key(Index::create().col("intent").col("waits_for"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("intent_waits_for")
                    .table("intent_waits")
                    .col("waits_for")
                    .take(),
            )
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
