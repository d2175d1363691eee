//! Packs that came back, as the chain says it; and how each was verified, which only this service knows.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_pk_auto, binary, boolean, integer, text, text_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("returned_packs")
                    .col(binary("account"))
                    .col(big_integer("run"))
                    .col(integer("first"))
                    .col(integer("count"))
                    .col(binary("shipment"))
                    .primary_key(Index::create().col("account").col("run").col("first"))
                    .take(),
            )
            .await?;
        // Verified packs are named as on the ledger: numbers of runs are those of one read model.
        manager
            .create_table(
                Table::create()
                    .table("return_checks")
                    .col(big_pk_auto("number"))
                    .col(binary("shipment"))
                    .col(text("gtin"))
                    .col(text("lot"))
                    .col(integer("run"))
                    .col(integer("first"))
                    .col(integer("count"))
                    .col(boolean("is_verified"))
                    .col(text_null("reason"))
                    .col(text("checked_by"))
                    .col(big_integer("checked_at"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("return_checks_shipment")
                    .table("return_checks")
                    .col("shipment")
                    .take(),
            )
            .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
