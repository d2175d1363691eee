//! The one program that uses a database: a second one is told so, however the first was started.
//!
//! On SQLite it is a lock on a file beside the database, on PostgreSQL an advisory lock of a session of its own.
//! Both end with the process that holds them, however it ends. A PostgreSQL server that restarts forgets the
//! lock: whoever rebuilds a read model then relies on the fold, which stops a service whose read model went
//! back under it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait, DatabaseConnection};

use crate::backup::{database_file, with_suffix};
use crate::database::DatabaseSettings;
use crate::error::StorageError;

/// How long a program waits for the one before it: a restart is no conflict.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it looks at a file meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// The first letters of the program's name and its next, as PostgreSQL numbers its locks; migrations have their
/// own.
const LOCK: i64 = 0x7468_6572_6961;

/// Why a database is not this program's.
#[derive(Debug, thiserror::Error)]
pub enum TenancyError {
    /// Another program has it.
    #[error("another program uses this database; stop the service (or the rebuilding) first")]
    Taken,
    /// The file of the lock cannot be made.
    #[error("{} cannot be locked; make its folder writable for this program", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A database that is this program's, until this value is dropped or the process ends.
#[derive(Debug)]
#[expect(dead_code, reason = "held, not read")]
pub struct Tenancy(Hold);

#[derive(Debug)]
#[expect(dead_code, reason = "held, not read")]
enum Hold {
    File(File),
    Session(DatabaseConnection),
    /// A database in memory belongs to its process.
    Nothing,
}

impl Tenancy {
    /// Takes a database, waiting a moment for a program that is just ending.
    ///
    /// # Errors
    ///
    /// [`TenancyError::Taken`] while another program has it.
    pub async fn take(settings: &DatabaseSettings) -> Result<Self, TenancyError> {
        let hold = if settings.url.starts_with("sqlite:") {
            match database_file(&settings.url) {
                Ok(path) => Hold::File(lock(&with_suffix(&path, ".lock")).await?),
                Err(_) => Hold::Nothing,
            }
        } else {
            Hold::Session(session(settings).await?)
        };
        Ok(Self(hold))
    }
}

async fn lock(path: &Path) -> Result<File, TenancyError> {
    let failed = |source| TenancyError::File {
        path: path.to_owned(),
        source,
    };
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    let looks = PATIENCE.as_millis() / LOOK_EVERY.as_millis();
    for _ in 0..looks {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(LOOK_EVERY).await,
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
    }
    Err(TenancyError::Taken)
}

async fn session(settings: &DatabaseSettings) -> Result<DatabaseConnection, TenancyError> {
    let mut options = ConnectOptions::new(&settings.url);
    options
        .sqlx_logging(false)
        .min_connections(1)
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None);
    let db = sea_orm::Database::connect(options)
        .await
        .map_err(StorageError::from)?;
    // A client whose machine died must not keep the lock for the hours that TCP waits by itself.
    let settled = format!(
        "SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3; \
         SET lock_timeout = {}; SELECT pg_advisory_lock({LOCK})",
        PATIENCE.as_millis()
    );
    match db
        .execute_unprepared(&settled)
        .await
        .map_err(StorageError::from)
    {
        Ok(_) => Ok(db),
        Err(StorageError::Busy { .. }) => Err(TenancyError::Taken),
        Err(error) => Err(error.into()),
    }
}
