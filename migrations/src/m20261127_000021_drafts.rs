//! Requests that wait for a second person.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, binary_null, text, text_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("drafts")
                    .col(text("id").primary_key())
                    .col(ColumnDef::new("key").text().not_null().unique_key())
                    .col(binary("digest"))
                    .col(text("kind"))
                    .col(text("request"))
                    .col(binary_null("content"))
                    .col(text("words"))
                    .col(text("author"))
                    .col(text("state"))
                    .col(text_null("decided_by"))
                    .col(text_null("note"))
                    .col(big_integer("created_at"))
                    .col(big_integer_null("decided_at"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("drafts_state")
                    .table("drafts")
                    .col("state")
                    .col("created_at")
                    .take(),
            )
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
