//! The audit trail: who wrote what, when, from where. A chain of rows that the database refuses to change.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary, integer, text};
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// What SQLite refuses.
const SQLITE: [&str; 2] = [
    "CREATE TRIGGER audit_is_not_updated BEFORE UPDATE ON audit \
     BEGIN SELECT RAISE(ABORT, 'the audit trail is not edited'); END",
    "CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit \
     BEGIN SELECT RAISE(ABORT, 'the audit trail is not edited'); END",
];

/// What PostgreSQL refuses.
const POSTGRES: [&str; 3] = [
    "CREATE FUNCTION audit_is_not_edited() RETURNS trigger LANGUAGE plpgsql AS \
     $$ BEGIN RAISE EXCEPTION 'the audit trail is not edited'; END $$",
    "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE ON audit \
     FOR EACH ROW EXECUTE FUNCTION audit_is_not_edited()",
    "CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit \
     FOR EACH STATEMENT EXECUTE FUNCTION audit_is_not_edited()",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("audit")
                    .col(big_integer("number").primary_key())
                    .col(big_integer("at"))
                    .col(text("who"))
                    .col(text("address"))
                    .col(text("method"))
                    .col(text("route"))
                    .col(text("meaning"))
                    .col(text("intents"))
                    .col(text("request_id"))
                    .col(integer("status"))
                    .col(binary("digest"))
                    .take(),
            )
            .await?;
        let connection = manager.get_connection();
        let statements: &[&str] = match connection.get_database_backend() {
            DbBackend::Postgres => &POSTGRES,
            _ => &SQLITE,
        };
        for statement in statements {
            connection.execute_unprepared(statement).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
