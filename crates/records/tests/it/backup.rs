//! Backups of a SQLite database: taken while it is written to, checked, and never over anything.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;

use theriac_ledger::testing::{Actor, commission_run, gtin, product, run_id};
use theriac_records::backup::{BackupError, backup, restore};
use theriac_records::repository::{chain as chain_table, packs};
use theriac_records::{Database, DatabaseSettings};

use crate::chain::TestChain;
use crate::databases::{Kind, database, sqlite_url};

#[tokio::test]
async fn a_backup_of_a_database_in_use_is_restored_and_goes_on_from_there() {
    let mut chain = TestChain::new(11);
    let database = database(Kind::Sqlite, &chain).await;
    let item = gtin("9506000", 7);
    let run = run_id(item, "LOT-A", 0);
    chain.act(&database.db, Actor::Maker, product(item)).await;
    let url = sqlite_url(&database.place.folder, "rwc");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.backup");
    // Open, written to, and not checkpointed: what is in the log counts.
    let bytes = backup(&url, &file).await.unwrap();
    let found = file.metadata().unwrap();
    assert_eq!(
        (found.len(), found.permissions().mode() & 0o077),
        (bytes, 0)
    );
    let before = chain_table::find_head(&database.db).await.unwrap();
    chain
        .act(&database.db, Actor::Maker, commission_run(run, 0, 100))
        .await;

    // Readable by all, in a place with a space in its name.
    std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let restored = format!("sqlite://{}", folder.path().join("re%20cords.db").display());
    restore(&file, &restored).await.unwrap();
    let found = folder.path().join("re cords.db").metadata().unwrap();
    assert_eq!(found.permissions().mode() & 0o077, 0);
    let db = Database::open(&DatabaseSettings::new(&restored))
        .await
        .unwrap();
    assert_eq!(chain_table::find_head(&db).await.unwrap(), before);
    assert!(packs::list_spans(&db, &run).await.unwrap().is_empty());
}

#[tokio::test]
async fn nothing_is_overwritten_by_a_backup_or_a_restoration() {
    let chain = TestChain::new(12);
    let database = database(Kind::Sqlite, &chain).await;
    let url = sqlite_url(&database.place.folder, "rwc");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.backup");
    backup(&url, &file).await.unwrap();
    let taken = std::fs::read(&file).unwrap();
    let error = backup(&url, &file).await.unwrap_err();
    assert!(matches!(error, BackupError::Exists { .. }), "{error:?}");
    assert_eq!(std::fs::read(&file).unwrap(), taken);
    let error = restore(&file, &url).await.unwrap_err();
    assert!(matches!(error, BackupError::Exists { .. }), "{error:?}");

    let log = folder.path().join("records.db-wal");
    std::fs::write(&log, b"of another database").unwrap();
    let there = format!("sqlite:{}", folder.path().join("records.db").display());
    let error = restore(&file, &there).await.unwrap_err();
    assert!(matches!(error, BackupError::Exists { path } if path == log));
}

#[tokio::test]
async fn a_backup_that_is_damaged_or_of_something_else_is_refused_and_leaves_nothing() {
    let mut chain = TestChain::new(13);
    let database = database(Kind::Sqlite, &chain).await;
    let item = gtin("9506000", 7);
    let run = run_id(item, "LOT-A", 0);
    chain.act(&database.db, Actor::Maker, product(item)).await;
    chain
        .act(&database.db, Actor::Maker, commission_run(run, 0, 3_000))
        .await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.backup");
    backup(&sqlite_url(&database.place.folder, "rwc"), &file)
        .await
        .unwrap();
    let whole = std::fs::read(&file).unwrap();
    let target = folder.path().join("records.db");
    let url = format!("sqlite:{}", target.display());
    let cut = whole[..whole.len() / 2].to_vec();
    let mut torn = whole.clone();
    for byte in &mut torn[4_096..whole.len() / 2] {
        *byte = 0;
    }
    for damaged in [Vec::new(), b"no database".to_vec(), cut, torn] {
        std::fs::write(&file, damaged).unwrap();
        let error = restore(&file, &url).await.unwrap_err();
        assert!(matches!(error, BackupError::Damaged { .. }), "{error:?}");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
    }
    let error = restore(&folder.path().join("none"), &url)
        .await
        .unwrap_err();
    assert!(matches!(error, BackupError::File { .. }), "{error:?}");
    let error = backup("postgres://localhost/records", &file)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("pg_dump"), "{error}");
}
