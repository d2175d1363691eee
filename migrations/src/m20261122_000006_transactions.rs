//! Every transaction of the chain and what it named. `sequence` is height and index in one number.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, binary_null, integer, small_integer_null, text,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("ledger_transactions")
                    .col(big_integer("sequence").primary_key())
                    .col(ColumnDef::new("id").binary().not_null().unique_key())
                    .col(big_integer("time"))
                    .col(binary("signer"))
                    .col(binary("account"))
                    .col(text("kind"))
                    .col(text("summary"))
                    .col(binary_null("details"))
                    .take(),
            )
            .await?;
        create_links(manager).await?;
        manager
            .create_index(
                Index::create()
                    .name("transaction_packs_run")
                    .table("transaction_packs")
                    .col("run")
                    .col("first")
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("transaction_units_sscc")
                    .table("transaction_units")
                    .col("sscc")
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("transaction_shipments_shipment")
                    .table("transaction_shipments")
                    .col("shipment")
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("transaction_lots_lot")
                    .table("transaction_lots")
                    .col("gtin")
                    .col("lot")
                    .take(),
            )
            .await?;

        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

/// What a transaction named, and where it put it; no place means that it stayed where it was.
async fn create_links(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    manager
        .create_table(
            Table::create()
                .table("transaction_packs")
                .col(big_integer("sequence"))
                .col(big_integer("run"))
                .col(integer("first"))
                .col(integer("count"))
                .col(small_integer_null("place_kind"))
                .col(binary_null("place"))
                .primary_key(Index::create().col("sequence").col("run").col("first"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("transaction_units")
                .col(big_integer("sequence"))
                .col(text("sscc"))
                .col(small_integer_null("state_kind"))
                .col(binary_null("state"))
                .primary_key(Index::create().col("sequence").col("sscc"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("transaction_shipments")
                .col(big_integer("sequence"))
                .col(binary("shipment"))
                .primary_key(Index::create().col("sequence").col("shipment"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("transaction_lots")
                .col(big_integer("sequence"))
                .col(text("gtin"))
                .col(text("lot"))
                .primary_key(Index::create().col("sequence").col("gtin").col("lot"))
                .take(),
        )
        .await?;
    Ok(())
}
