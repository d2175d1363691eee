//! What this service means to put on the ledger, stored before anything is sent; and answers by idempotency key.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, big_pk_auto, binary, binary_null, integer, integer_null, text,
    text_null,
};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("intents")
                    .col(big_pk_auto("number"))
                    .col(ColumnDef::new("id").text().not_null().unique_key())
                    .col(text_null("depends_on"))
                    .col(integer("kind"))
                    .col(binary("body"))
                    .col(binary_null("details"))
                    .col(text("state"))
                    .col(binary_null("transaction_id"))
                    .col(binary_null("signed"))
                    .col(big_integer_null("valid_until"))
                    .col(integer("attempts"))
                    .col(text_null("error_code"))
                    .col(text_null("error_detail"))
                    .col(text_null("error_hint"))
                    .col(integer_null("error_status"))
                    .col(big_integer_null("height"))
                    .col(integer_null("position"))
                    .col(big_integer("created_at"))
                    .col(big_integer("updated_at"))
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("intents_state")
                    .table("intents")
                    .col("state")
                    .take(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("intents_transaction")
                    .table("intents")
                    .col("transaction_id")
                    .take(),
            )
            .await?;
        manager
            .create_table(
                Table::create()
                    .table("idempotency")
                    .col(text("key").primary_key())
                    .col(binary("request"))
                    .col(text("intents"))
                    .col(big_integer("created_at"))
                    .take(),
            )
            .await?;

        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
