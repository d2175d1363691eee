//! Exceptions of deliveries: what was not received and why, as the chain says it; digests on record; and the
//! messages about them, which only the two parties have.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, boolean, integer, integer_null, text, text_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("rest_items")
                    .col(binary("rest"))
                    .col(integer("item"))
                    .col(text("reason"))
                    .col(big_integer_null("run"))
                    .col(integer_null("first"))
                    .col(integer_null("count"))
                    .col(text_null("sscc"))
                    .primary_key(Index::create().col("rest").col("item"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("shipments_rest_of")
                    .table("shipments")
                    .col("rest_of")
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("anchors")
                    .col(big_integer("sequence").primary_key())
                    .col(binary("digest"))
                    .col(binary("account"))
                    .col(big_integer("time"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("anchors_digest")
                    .table("anchors")
                    .col("digest")
                    .take(),
            )
            .await?;
        create_messages(manager).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn create_messages(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("exception_messages")
                .col(binary("digest").primary_key())
                .col(binary("case_id"))
                .col(boolean("opens"))
                .col(binary("author"))
                .col(binary("addressee"))
                .col(binary("document"))
                .col(text_null("intent"))
                .col(big_integer_null("sequence"))
                .col(big_integer_null("anchored_at"))
                .col(big_integer_null("delivered_at"))
                .col(text_null("trouble"))
                .col(big_integer("created_at"))
                .take(),
        )
        .await?;
    for (name, column) in [
        ("exception_messages_case", "case_id"),
        ("exception_messages_sequence", "sequence"),
    ] {
        manager
            .create_index(
                Index::create()
                    .name(name)
                    .table("exception_messages")
                    .col(column)
                    .take(),
            )
            .await?;
    }
    Ok(())
}
