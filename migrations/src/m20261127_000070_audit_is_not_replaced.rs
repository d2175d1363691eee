//! SQLite deletes a row that `INSERT OR REPLACE` replaces without asking the trigger that refuses deletions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// On PostgreSQL, what replaces is an update, which is refused.
const SQLITE: &str = "CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit \
     WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number) \
     BEGIN SELECT RAISE(ABORT, 'the audit trail is not edited'); END";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        if connection.get_database_backend() == DbBackend::Sqlite {
            connection.execute_unprepared(SQLITE).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
