//! How many packs of each lot are with each account and in each open shipment, so that a list of the stock does not
//! read the packs. A database that has blocks already is counted once.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, binary, small_integer, text};
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Counts what is there: each unit's root by the walk over its parents, each pack's by its unit, and a shipment that
/// has ended stands for the account that holds what names it. Kinds of places: 0 account, 1 unit, 2 shipment,
/// 3 a unit that was unpacked whole, for an account.
const COUNT: &str = "
    INSERT INTO stock (root_kind, root, expiry, gtin, lot, status, packs)
    WITH RECURSIVE tops (sscc, kind, root) AS (
        SELECT sscc, CASE state_kind WHEN 3 THEN 0 ELSE state_kind END, state
        FROM units WHERE state_kind <> 1
        UNION ALL
        SELECT units.sscc, tops.kind, tops.root
        FROM tops JOIN units ON units.state_kind = 1 AND units.state = NAME(tops.sscc)
    ),
    packs (run, status, packs, kind, root) AS (
        SELECT pack_spans.run, pack_spans.status, pack_spans.count,
            COALESCE(tops.kind, pack_spans.place_kind), COALESCE(tops.root, pack_spans.place)
        FROM pack_spans LEFT JOIN tops ON pack_spans.place_kind = 1 AND pack_spans.place = NAME(tops.sscc)
    )
    SELECT CASE WHEN shipments.outcome <> 'open' THEN 0 ELSE packs.kind END,
        CASE shipments.outcome
            WHEN 'received' THEN shipments.to_account
            WHEN 'rejected' THEN shipments.from_account
            WHEN 'cancelled' THEN shipments.from_account
            ELSE packs.root END,
        lots.expiry, lots.gtin, lots.lot, packs.status, SUM(packs.packs)
    FROM packs
    JOIN runs ON runs.id = packs.run
    JOIN lots ON lots.gtin = runs.gtin AND lots.lot = runs.lot
    LEFT JOIN shipments ON packs.kind = 2 AND shipments.id = packs.root
    GROUP BY 1, 2, 3, 4, 5, 6";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
        // Ordered by bytes in both databases: a page ends where the next one begins.
        let by_bytes = |name: &str| {
            let mut column = text(Alias::new(name));
            if is_postgres {
                column.extra("COLLATE \"C\"");
            }
            column
        };
        manager
            .create_table(
                Table::create()
                    .table("stock")
                    .col(small_integer("root_kind"))
                    .col(binary("root"))
                    .col(by_bytes("expiry"))
                    .col(by_bytes("gtin"))
                    .col(by_bytes("lot"))
                    .col(small_integer("status"))
                    .col(big_integer("packs"))
                    .primary_key(
                        Index::create()
                            .col("root_kind")
                            .col("root")
                            .col("expiry")
                            .col("gtin")
                            .col("lot")
                            .col("status"),
                    )
                    .take(),
            )
            .await?;
        let db = manager.get_connection();
        db.execute_unprepared("CREATE INDEX stock_empty ON stock (packs) WHERE packs = 0")
            .await?;
        let name = if is_postgres {
            "convert_to(tops.sscc, 'UTF8')"
        } else {
            "CAST(tops.sscc AS BLOB)"
        };
        db.execute_unprepared(&COUNT.replace("NAME(tops.sscc)", name))
            .await?;
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
