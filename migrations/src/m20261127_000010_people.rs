//! The people who use the service, and their sessions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, boolean, integer, text, text_null};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("users")
                    .col(text("name").primary_key())
                    .col(text("role"))
                    .col(text("password"))
                    .col(text_null("pin"))
                    .col(integer("pin_failures"))
                    .col(boolean("disabled"))
                    .col(big_integer("created_at"))
                    .col(big_integer("updated_at"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("sessions")
                    .col(text("id").primary_key())
                    .col(ColumnDef::new("token").binary().not_null().unique_key())
                    .col(text("user"))
                    .col(text("opened_by"))
                    .col(boolean("by_pin"))
                    .col(big_integer("created_at"))
                    .col(big_integer("last_seen_at"))
                    .col(big_integer("expires_at"))
                    .take(),
            )
            .await?;
        for (name, column) in [
            ("sessions_user", "user"),
            ("sessions_opened_by", "opened_by"),
        ] {
            let index = Index::create()
                .name(name)
                .table("sessions")
                .col(column)
                .take();
            manager.create_index(index).await?;
        }
        manager
            .create_table(
                Table::create()
                    .table("api_keys")
                    .col(text("id").primary_key())
                    .col(ColumnDef::new("name").text().not_null().unique_key())
                    .col(ColumnDef::new("hash").binary().not_null().unique_key())
                    .col(text("scopes"))
                    .col(text("created_by"))
                    .col(big_integer("created_at"))
                    .col(ColumnDef::new("revoked_at").big_integer())
                    .col(ColumnDef::new("last_used_at").big_integer())
                    .take(),
            )
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
