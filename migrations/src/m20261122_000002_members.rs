//! Organisations, accounts and keys, from the records of genesis.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, binary, integer, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("organisations")
                    .col(binary("id").primary_key())
                    .col(text("legal_name"))
                    .col(text("roles"))
                    .col(text("licences"))
                    .col(text("gs1_prefixes"))
                    .col(text("standing"))
                    .col(text("service_address"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("accounts")
                    .col(binary("id").primary_key())
                    .col(binary("organisation"))
                    .col(text("gln"))
                    .col(text("name"))
                    .col(integer("latitude"))
                    .col(integer("longitude"))
                    .col(text("country"))
                    .col(text("roles"))
                    .col(text("state"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("keys")
                    .col(binary("key").primary_key())
                    .col(binary("account"))
                    .col(text("purposes"))
                    .col(big_integer("active_since"))
                    .col(big_integer_null("retired_at"))
                    .col(big_integer_null("compromised_since"))
                    .take(),
            )
            .await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
