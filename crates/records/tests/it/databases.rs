//! The databases of the tests: each test has one of its own, and runs on every kind.

use tempfile::TempDir;
use theriac_records::genesis::store_genesis;
use theriac_records::{Database, DatabaseSettings};

use crate::chain::TestChain;

/// Kinds of databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// Makes two tests of each function that takes a kind of database: one for each kind, under its name.
macro_rules! on_both_databases {
    ($($test:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                Box::pin(super::$test(crate::databases::Kind::Sqlite)).await;
            })+
        }
        mod on_postgresql {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                Box::pin(super::$test(crate::databases::Kind::Postgres)).await;
            })+
        }
    };
}
pub(crate) use on_both_databases;

/// Where a new database is to be, and the folder that goes with it.
pub(crate) struct Place {
    pub(crate) settings: DatabaseSettings,
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new(kind: Kind) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = match kind {
            Kind::Sqlite => sqlite_url(&folder, "rwc"),
            Kind::Postgres => theriac_postgres::fresh_database().unwrap(),
        };
        Self {
            settings: DatabaseSettings::new(url),
            folder,
        }
    }

    /// The same place for one that may only read.
    pub(crate) fn read_only(&self) -> DatabaseSettings {
        let url = &self.settings.url;
        let url = match url.strip_suffix("?mode=rwc") {
            Some(path) => format!("{path}?mode=ro"),
            None => format!("{url}&options=-c%20default_transaction_read_only%3Don"),
        };
        DatabaseSettings::new(url)
    }
}

/// A database that has the genesis of a chain.
pub(crate) struct TestDatabase {
    pub(crate) db: Database,
    pub(crate) place: Place,
}

pub(crate) fn sqlite_url(folder: &TempDir, mode: &str) -> String {
    let path = folder.path().join("records.sqlite");
    format!("sqlite://{}?mode={mode}", path.display())
}

pub(crate) async fn database(kind: Kind, chain: &TestChain) -> TestDatabase {
    let place = Place::new(kind);
    let db = Database::open(&place.settings).await.unwrap();
    store_genesis(&db, &chain.anchor, &chain.consortium.records)
        .await
        .unwrap();
    TestDatabase { db, place }
}
