//! The owner's own copies: EPCIS events behind transactions, and the serial numbers of runs.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary, integer, text};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("events")
                    .col(text("intent").primary_key())
                    .col(binary("salt"))
                    .col(binary("hash"))
                    .col(text("document"))
                    .col(big_integer("created_at"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("events_hash")
                    .table("events")
                    .col("hash")
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("run_serials")
                    .col(text("intent").primary_key())
                    .col(text("gtin"))
                    .col(text("lot"))
                    .col(integer("number"))
                    .col(text("serials"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("run_serials_run")
                    .table("run_serials")
                    .col("gtin")
                    .col("lot")
                    .col("number")
                    .take(),
            )
            .await?;

        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
