//! Opening a database and keeping its promises.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, Statement,
    TransactionOptions, TransactionTrait,
};
use theriac_migrations::{SchemaState, migrate, schema_state};

use crate::error::StorageError;
use crate::tenancy::{Tenancy, TenancyError};

/// How long a statement waits for a lock or a connection.
const WAIT: Duration = Duration::from_secs(10);
/// Between two tries to open a file that another program is turning into a database.
const PAUSE: Duration = Duration::from_millis(20);
/// Readers beside the one writer.
const READERS: u32 = 4;
/// Settings of a PostgreSQL server without which an acknowledged commit can be lost.
const POSTGRES_PROMISES: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

/// Which database, and its bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseSettings {
    /// `sqlite://path?mode=rwc` (the file is created) or `postgres://user:password@host/name`.
    pub url: String,
    /// Largest size of a SQLite file in pages of 4 KiB; without it, the disk is the bound.
    pub sqlite_pages_max: Option<u32>,
}

impl DatabaseSettings {
    /// A database by its address, without a bound on its size.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            sqlite_pages_max: None,
        }
    }
}

/// A database with its schema up to date. Clones share its connections.
#[derive(Debug, Clone)]
pub struct Database {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
    /// Held, not read: dropped after the connections.
    tenancy: Option<Arc<Tenancy>>,
}

impl Database {
    /// Opens a database and brings its schema up to date.
    ///
    /// On SQLite: WAL, `synchronous=FULL` (anything less loses acknowledged commits at a power
    /// cut), one connection that writes and a few that only read.
    pub async fn open(settings: &DatabaseSettings) -> Result<Self, StorageError> {
        let writer = connect(settings, false).await?;
        if writer.get_database_backend() == DbBackend::Postgres {
            check_promises(&writer).await?;
        }
        migrate(&writer).await?;
        let reader = if writer.get_database_backend() == DbBackend::Sqlite {
            connect(settings, true).await?
        } else {
            writer.clone()
        };
        Ok(Self {
            writer,
            reader,
            tenancy: None,
        })
    }

    /// Opens a database for the one program that uses it: another is refused until the last clone is dropped.
    pub async fn open_alone(settings: &DatabaseSettings) -> Result<Self, TenancyError> {
        let tenancy = Tenancy::take(settings).await?;
        let mut db = Self::open(settings).await?;
        db.tenancy = Some(Arc::new(tenancy));
        Ok(db)
    }

    /// Opens a database that is there for reading alone, and says how its schema stands to this program; nothing
    /// is made and nothing migrated. With migrations pending, tables may be missing.
    pub async fn open_as_it_is(
        settings: &DatabaseSettings,
    ) -> Result<(Self, SchemaState), StorageError> {
        let mut options = options(settings, true);
        options.map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .create_if_missing(false)
                .busy_timeout(WAIT)
                .pragma("query_only", "ON")
        });
        let reader = sea_orm::Database::connect(options).await?;
        let state = schema_state(&reader).await?;
        let writer = reader.clone();
        let db = Self {
            writer,
            reader,
            tenancy: None,
        };
        Ok((db, state))
    }

    /// Closes every connection.
    pub async fn close(self) -> Result<(), StorageError> {
        if self.writer.get_database_backend() == DbBackend::Sqlite {
            self.reader.close().await?;
        }
        self.writer.close().await?;
        Ok(())
    }

    /// Whether the database answers.
    pub async fn check(&self) -> Result<(), StorageError> {
        Ok(self.reader.ping().await?)
    }

    pub(crate) fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Begins a transaction that writes. Dropped without a commit, it leaves nothing behind.
    pub(crate) async fn begin(&self) -> Result<DatabaseTransaction, StorageError> {
        // Immediate: a deferred one could fail halfway, where it first writes.
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(sea_orm::SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(self.writer.begin_with_options(options).await?)
    }
}

/// Connects. SQLite refuses at once, without waiting, to turn a file into one with a write-ahead log
/// while another program does the same (or closes it as the last); so this waits in its place.
async fn connect(
    settings: &DatabaseSettings,
    read_only: bool,
) -> Result<DatabaseConnection, StorageError> {
    let pauses = u32::try_from(WAIT.as_millis() / PAUSE.as_millis()).unwrap_or(u32::MAX);
    for _ in 0..pauses {
        let connected = sea_orm::Database::connect(options(settings, read_only)).await;
        match connected.map_err(StorageError::from) {
            Err(StorageError::Busy { .. }) => tokio::time::sleep(PAUSE).await,
            connected => return connected,
        }
    }
    Ok(sea_orm::Database::connect(options(settings, read_only)).await?)
}

fn options(settings: &DatabaseSettings, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(&settings.url);
    options
        .sqlx_logging(false)
        .acquire_timeout(WAIT)
        .connect_timeout(WAIT);
    if !settings.url.starts_with("sqlite:") {
        return options;
    }
    let pages_max = settings.sqlite_pages_max;
    options
        .max_connections(if read_only { READERS } else { 1 })
        // A connection that is never closed keeps its cache and its prepared statements.
        .idle_timeout(None)
        .max_lifetime(None)
        .map_sqlx_sqlite_opts(move |sqlite| {
            // The timeout is set before the pragmas run, and sqlx runs journal_mode before
            // synchronous.
            let sqlite = sqlite
                .busy_timeout(WAIT)
                .foreign_keys(true)
                .pragma("cache_size", "-16000");
            if read_only {
                return sqlite.pragma("query_only", "ON");
            }
            let sqlite = sqlite
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full);
            match pages_max {
                Some(pages) => sqlite.pragma("max_page_count", pages.to_string()),
                None => sqlite,
            }
        });
    options
}

async fn check_promises(db: &DatabaseConnection) -> Result<(), StorageError> {
    for setting in POSTGRES_PROMISES {
        let statement = Statement::from_string(DbBackend::Postgres, format!("SHOW {setting}"));
        let row = db.query_one_raw(statement).await?;
        let found: String = match row {
            Some(row) => row.try_get_by_index(0)?,
            None => "unknown".to_owned(),
        };
        // `remote_apply` and `remote_write` promise more than `on`, or as much on this machine.
        if found == "off" || (setting != "synchronous_commit" && found != "on") {
            return Err(StorageError::Unsafe { setting, found });
        }
    }
    Ok(())
}
