//! The schema of the read models, as a list of migrations: one file each, append-only.
//!
//! Invariants:
//! - what a database lacks is done in one transaction, behind a lock, so that a failed migration leaves nothing
//!   behind and two programs that start at once do not meet;
//! - a migration that was released is never changed: a correction is a new file;
//! - migrations expand first and contract a release later: the program of the release before works with the
//!   schema of this one;
//! - digests, keys and accounts are byte strings; times are milliseconds since 1970 in 64 bits.
//!
//! Entry point: [`migrate`].
#![warn(missing_docs)]
#![expect(
    elided_lifetimes_in_paths,
    reason = "the signature of `MigrationTrait::up`, which async_trait rewrites, has no lifetime there"
)]

use sea_orm_migration::prelude::{
    DbErr, IntoSchemaManagerConnection, MigrationTrait, MigratorTrait, SchemaManager, async_trait,
};
use sea_orm_migration::sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait as _, SqliteTransactionMode,
    TransactionOptions, TransactionTrait as _,
};
use sea_orm_migration::seaql_migrations;

mod m20261122_000001_followed_head;
mod m20261122_000002_members;
mod m20261122_000003_products;
mod m20261122_000004_packs;
mod m20261122_000005_units_and_shipments;
mod m20261122_000006_transactions;
mod m20261122_000007_outbox;
mod m20261122_000008_events;
mod m20261123_000009_recall_notices;
mod m20261127_000010_people;
mod m20261127_000011_audit;
mod m20261127_000012_news;
mod m20261127_000020_jobs;
mod m20261127_000021_drafts;
mod m20261127_000040_exceptions;
mod m20261127_000041_returns;
mod m20261127_000042_bags;
mod m20261127_000050_stock;
mod m20261127_000060_intent_waits;
mod m20261127_000070_audit_is_not_replaced;
mod m20261127_000071_persons;
mod m20261127_000080_what_is_due;
mod m20261127_000081_told_exceptions;

/// Every migration, in order.
#[derive(Debug, Clone, Copy)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261122_000001_followed_head::Migration),
            Box::new(m20261122_000002_members::Migration),
            Box::new(m20261122_000003_products::Migration),
            Box::new(m20261122_000004_packs::Migration),
            Box::new(m20261122_000005_units_and_shipments::Migration),
            Box::new(m20261122_000006_transactions::Migration),
            Box::new(m20261122_000007_outbox::Migration),
            Box::new(m20261122_000008_events::Migration),
            Box::new(m20261123_000009_recall_notices::Migration),
            Box::new(m20261127_000010_people::Migration),
            Box::new(m20261127_000011_audit::Migration),
            Box::new(m20261127_000012_news::Migration),
            Box::new(m20261127_000020_jobs::Migration),
            Box::new(m20261127_000021_drafts::Migration),
            Box::new(m20261127_000040_exceptions::Migration),
            Box::new(m20261127_000041_returns::Migration),
            Box::new(m20261127_000042_bags::Migration),
            Box::new(m20261127_000050_stock::Migration),
            Box::new(m20261127_000060_intent_waits::Migration),
            Box::new(m20261127_000070_audit_is_not_replaced::Migration),
            Box::new(m20261127_000071_persons::Migration),
            Box::new(m20261127_000080_what_is_due::Migration),
            Box::new(m20261127_000081_told_exceptions::Migration),
        ]
    }
}

/// The first letters of the program's name, as PostgreSQL numbers its locks.
const LOCK: i64 = 0x7468_6572;

/// How the schema of a database stands to this program.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SchemaState {
    /// Migrations that it lacks.
    pub pending: Vec<String>,
    /// Migrations of a later version of this program, which this one works with: they only expand.
    pub later: Vec<String>,
}

/// Compares the schema of a database with this program; nothing is written.
pub async fn schema_state<'c, C>(db: &'c C) -> Result<SchemaState, DbErr>
where
    C: ConnectionTrait,
    &'c C: IntoSchemaManagerConnection<'c>,
{
    let is_new = !SchemaManager::new(db).has_table("seaql_migrations").await?;
    let applied: Vec<String> = if is_new {
        Vec::new()
    } else {
        let rows = seaql_migrations::Entity::find().all(db).await?;
        rows.into_iter().map(|row| row.version).collect()
    };
    let own = Migrator::migrations();
    let own: Vec<&str> = own.iter().map(|migration| migration.name()).collect();
    let pending = own
        .iter()
        .filter(|name| !applied.iter().any(|one| one == *name));
    let later = applied.iter().filter(|name| !own.contains(&name.as_str()));
    Ok(SchemaState {
        pending: pending.map(|name| (*name).to_owned()).collect(),
        later: later.cloned().collect(),
    })
}

/// Brings the schema of a database up to date, all or nothing. A database that already is, is only read. Of
/// several programs that start at once one migrates, and the others wait for it.
pub async fn migrate(db: &DatabaseConnection) -> Result<(), DbErr> {
    if schema_state(db).await?.pending.is_empty() {
        return Ok(());
    }
    // On SQLite, immediate is the lock: there is one writer.
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let txn = db.begin_with_options(options).await?;
    if txn.get_database_backend() == DbBackend::Postgres {
        let lock = format!("SELECT pg_advisory_xact_lock({LOCK})");
        txn.execute_unprepared(&lock).await?;
    }
    // What another did while this one waited is done.
    if !schema_state(&txn).await?.pending.is_empty() {
        Migrator::up(&txn, None).await?;
    }
    txn.commit().await
}
