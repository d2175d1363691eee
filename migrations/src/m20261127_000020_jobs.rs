//! Which request an intent belongs to, and how many packs it brings into being; documents of events that
//! were captured, and which intent each event stands behind.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, binary_null, integer, text, text_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in [text_null("job"), big_integer_null("packs")] {
            let mut table = Table::alter();
            table.table("intents").add_column(column);
            manager.alter_table(table.take()).await?;
        }
        index(manager, "intents_job", "intents", "job").await?;
        manager
            .create_table(
                Table::create()
                    .table("captures")
                    .col(text("id").primary_key())
                    .col(text("caller"))
                    .col(ColumnDef::new("key").text().null().unique_key())
                    .col(binary("request"))
                    .col(text_null("document"))
                    .col(integer("events"))
                    .col(text("behaviour"))
                    .col(text("state"))
                    .col(text("errors"))
                    .col(big_integer("created_at"))
                    .col(big_integer_null("finished_at"))
                    .take(),
            )
            .await?;
        index(manager, "captures_state", "captures", "state").await?;
        manager
            .create_table(
                Table::create()
                    .table("captured_events")
                    .col(text("capture"))
                    .col(integer("number"))
                    .col(text("event_id"))
                    .col(binary("hash"))
                    .col(binary_null("declaration"))
                    .col(text("intent"))
                    .primary_key(Index::create().col("capture").col("number").col("intent"))
                    .take(),
            )
            .await?;
        index(manager, "captured_events_id", "captured_events", "event_id").await?;
        index(
            manager,
            "captured_events_intent",
            "captured_events",
            "intent",
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

async fn index(
    manager: &SchemaManager<'_>,
    name: &'static str,
    table: &'static str,
    column: &'static str,
) -> Result<(), DbErr> {
    manager
        .create_index(Index::create().name(name).table(table).col(column).take())
        .await
}
