//! What is due at one webhook, and which documents have lately been finished: read again and again, so by an index
//! that ends where the answer does.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (name, table, columns) in [
            (
                "deliveries_next",
                "deliveries",
                ["webhook", "state", "next_at"].as_slice(),
            ),
            ("captures_finished", "captures", &["state", "finished_at"]),
        ] {
            let mut index = Index::create().name(name).table(table).to_owned();
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index).await?;
        }
        // Each is the beginning of one of those, or is asked for no more.
        for (name, table) in [
            ("deliveries_due", "deliveries"),
            ("captures_state", "captures"),
        ] {
            let index = Index::drop().name(name).table(table).to_owned();
            manager.drop_index(index).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
