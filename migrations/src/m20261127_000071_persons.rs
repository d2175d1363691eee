//! Who stands behind a draft's author and behind a stored key: whoever opened the till, or made the key.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::text_null;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["drafts", "api_keys"] {
            let mut alter = Table::alter();
            alter.table(table).add_column(text_null("persons"));
            manager.alter_table(alter.take()).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
