//! Handling units and shipments. They hold no lists: what is inside names them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, binary_null, integer, small_integer, text,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("units")
                    .col(text("sscc").primary_key())
                    .col(small_integer("state_kind"))
                    .col(binary("state"))
                    .col(integer("nesting"))
                    .col(big_integer("sequence"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("units_state")
                    .table("units")
                    .col("state_kind")
                    .col("state")
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("shipments")
                    .col(binary("id").primary_key())
                    .col(binary("from_account"))
                    .col(binary("to_account"))
                    .col(text("purpose"))
                    .col(text("outcome"))
                    .col(binary_null("rest_of"))
                    .col(big_integer("sequence"))
                    .col(big_integer("opened_at"))
                    .col(big_integer_null("resolved_sequence"))
                    .col(big_integer_null("resolved_at"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("shipments_from")
                    .table("shipments")
                    .col("from_account")
                    .col("outcome")
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("shipments_to")
                    .table("shipments")
                    .col("to_account")
                    .col("outcome")
                    .take(),
            )
            .await?;

        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
