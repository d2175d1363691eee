//! Whole tables, as text: to compare what a database had with what it has.

use std::collections::BTreeMap;

use sea_orm::{DatabaseConnection, FromQueryResult as _, JsonValue, Statement};
use theriac_records::Database;
use theriac_records::rebuild::{CHAIN_TABLES, OWN_TABLES};

use crate::databases::{Kind, Place, on_both_databases};

on_both_databases!(every_table_is_of_the_chain_or_of_the_service);

/// The rows of every table, sorted.
pub(crate) type Dump = BTreeMap<&'static str, Vec<String>>;

async fn connect(place: &Place) -> DatabaseConnection {
    sea_orm::Database::connect(&place.settings.url)
        .await
        .unwrap()
}

async fn rows(db: &DatabaseConnection, sql: &str) -> Vec<JsonValue> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    JsonValue::find_by_statement(statement)
        .all(db)
        .await
        .unwrap()
}

pub(crate) async fn dump(place: &Place) -> Dump {
    let db = connect(place).await;
    let mut dump = Dump::new();
    for table in CHAIN_TABLES.into_iter().chain(OWN_TABLES) {
        let rows = rows(&db, &format!("SELECT * FROM {table}")).await;
        let mut rows: Vec<String> = rows.iter().map(JsonValue::to_string).collect();
        rows.sort_unstable();
        dump.insert(table, rows);
    }
    db.close().await.unwrap();
    dump
}

async fn every_table_is_of_the_chain_or_of_the_service(kind: Kind) {
    let place = Place::new(kind);
    Database::open(&place.settings).await.unwrap();
    let sql = match kind {
        Kind::Sqlite => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        }
        Kind::Postgres => {
            "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'"
        }
    };
    let found = rows(&connect(&place).await, sql).await;
    let mut found: Vec<&str> = found
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    found.retain(|name| *name != "seaql_migrations");
    found.sort_unstable();
    let mut known: Vec<&str> = CHAIN_TABLES.into_iter().chain(OWN_TABLES).collect();
    known.sort_unstable();
    assert_eq!(
        found, known,
        "put new tables into CHAIN_TABLES or OWN_TABLES"
    );
}
