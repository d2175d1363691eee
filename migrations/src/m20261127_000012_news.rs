//! What happened that others want to hear of, who they are, and what was sent to them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, big_pk_auto, binary, integer, integer_null, small_integer, text,
    text_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [news(), cursor(), webhooks(), deliveries()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns) in [
            ("news_subject", "news", ["kind", "subject"]),
            ("deliveries_due", "deliveries", ["state", "next_at"]),
            ("deliveries_webhook", "deliveries", ["webhook", "number"]),
        ] {
            let mut index = Index::create().name(name).table(table).to_owned();
            for column in columns {
                index.col(column);
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn news() -> TableCreateStatement {
    Table::create()
        .table("news")
        .col(big_pk_auto("number"))
        .col(big_integer("at"))
        .col(text("kind"))
        .col(text("subject"))
        .col(text("document"))
        .take()
}

fn cursor() -> TableCreateStatement {
    Table::create()
        .table("news_cursor")
        .col(small_integer("id").primary_key())
        .col(big_integer("sequence"))
        .col(big_integer("intents_after"))
        .col(big_integer("recalled_after"))
        .take()
}

fn webhooks() -> TableCreateStatement {
    Table::create()
        .table("webhooks")
        .col(text("id").primary_key())
        .col(text("url"))
        .col(text("kinds"))
        .col(binary("seed"))
        .col(text("created_by"))
        .col(big_integer("created_at"))
        .col(big_integer_null("removed_at"))
        .take()
}

fn deliveries() -> TableCreateStatement {
    Table::create()
        .table("deliveries")
        .col(big_pk_auto("number"))
        .col(ColumnDef::new("id").text().not_null().unique_key())
        .col(text("webhook"))
        .col(text("kind"))
        .col(text("body"))
        .col(text("state"))
        .col(integer("attempts"))
        .col(big_integer("next_at"))
        .col(integer_null("last_status"))
        .col(text_null("last_error"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .take()
}
