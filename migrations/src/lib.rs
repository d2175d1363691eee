//! The schema of the read models, as a list of migrations: one file each, append-only.
//!
//! Invariants:
//! - every migration runs in a transaction on every database, so a failed one leaves nothing behind;
//! - a migration that was released is never changed: a correction is a new file;
//! - digests, keys and accounts are byte strings; times are milliseconds since 1970 in 64 bits.
//!
//! Entry point: [`migrate`].
#![warn(missing_docs)]
#![expect(
    elided_lifetimes_in_paths,
    reason = "the signature of `MigrationTrait::up`, which async_trait rewrites, has no lifetime there"
)]

use sea_orm_migration::MigrationStatus;
use sea_orm_migration::prelude::{DbErr, MigrationTrait, MigratorTrait, async_trait, sea_orm};

mod m20261122_000001_followed_head;
mod m20261122_000002_members;
mod m20261122_000003_products;
mod m20261122_000004_packs;
mod m20261122_000005_units_and_shipments;
mod m20261122_000006_transactions;
mod m20261122_000007_outbox;
mod m20261122_000008_events;
mod m20261123_000009_recall_notices;
mod m20261127_000020_jobs;
mod m20261127_000021_drafts;

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
            Box::new(m20261127_000020_jobs::Migration),
            Box::new(m20261127_000021_drafts::Migration),
        ]
    }
}

/// Brings the schema of a database up to date. A database that already is, is only read.
pub async fn migrate(db: &sea_orm::DatabaseConnection) -> Result<(), DbErr> {
    if Migrator::get_migration_with_status_read_only(db)
        .await?
        .iter()
        .all(|migration| migration.status() == MigrationStatus::Applied)
    {
        return Ok(());
    }
    Migrator::up(db, None).await
}
