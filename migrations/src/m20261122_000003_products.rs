//! Products, lots and runs.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, big_pk_auto, binary, binary_null, integer, small_integer_null,
    text,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("products")
                    .col(text("gtin").primary_key())
                    .col(text("name"))
                    .col(text("strength"))
                    .col(text("form"))
                    .col(big_integer("pack_size"))
                    .col(binary("owner"))
                    .col(small_integer_null("celsius_tenths_min"))
                    .col(small_integer_null("celsius_tenths_max"))
                    .col(text("markets"))
                    .col(big_integer("sequence"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("lots")
                    .col(text("gtin"))
                    .col(text("lot"))
                    .col(binary("manufacturer"))
                    .col(text("expiry"))
                    .col(text("manufactured"))
                    .col(text("state"))
                    .col(small_integer_null("recall_class"))
                    .col(big_integer_null("recalled_at"))
                    .col(binary_null("recall_notice"))
                    .col(integer("runs"))
                    .primary_key(Index::create().col("gtin").col("lot"))
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("runs")
                    .col(big_pk_auto("id"))
                    .col(text("gtin"))
                    .col(text("lot"))
                    .col(integer("number"))
                    .col(integer("count"))
                    .col(binary("account"))
                    .col(big_integer("commissioned_at"))
                    .col(big_integer("sequence"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("runs_name")
                    .table("runs")
                    .col("gtin")
                    .col("lot")
                    .col("number")
                    .unique()
                    .take(),
            )
            .await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
