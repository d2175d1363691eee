//! When a message about an exception was told of as news.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::big_integer_null;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut alter = Table::alter();
        alter.table("exception_messages");
        alter.add_column(big_integer_null("told_at"));
        manager.alter_table(alter.take()).await?;
        let index = Index::create()
            .name("exception_messages_told")
            .table("exception_messages")
            .col("told_at")
            .col("sequence")
            .take();
        manager.create_index(index).await?;
        // What was on record before is old.
        let old = Query::update()
            .table("exception_messages")
            .value("told_at", Expr::col("created_at"))
            .and_where(Expr::col("sequence").is_not_null())
            .take();
        manager.exec_stmt(old).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
