//! Who asked for an intent and why; and bags: packs that are supplied together by one scan.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary, text, text_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // One column at a time: SQLite adds no more in one statement.
        for column in ["caller", "meaning"] {
            manager
                .alter_table(
                    Table::alter()
                        .table("intents")
                        .add_column(text_null(column))
                        .take(),
                )
                .await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("bags")
                    .col(text("id").primary_key())
                    .col(ColumnDef::new("code").text().not_null().unique_key())
                    .col(text_null("name"))
                    .col(text("packs"))
                    .col(text("created_by"))
                    .col(big_integer("created_at"))
                    .col(ColumnDef::new("request_key").text().not_null().unique_key())
                    .col(binary("request"))
                    .take(),
            )
            .await?;
        // A pack is in one bag at a time.
        manager
            .create_table(
                Table::create()
                    .table("bag_packs")
                    .col(binary("pack_key").primary_key())
                    .col(text("bag"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("bag_packs_bag")
                    .table("bag_packs")
                    .col("bag")
                    .take(),
            )
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
