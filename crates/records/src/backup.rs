//! A copy of a SQLite database while a service uses it, and its way back. A PostgreSQL server has tools
//! of its own for that.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sea_orm::sqlx::{Connection as _, query, query_scalar};
use sea_orm::{DbErr, RuntimeErr};

use crate::error::StorageError;

/// A table that every database of a service has: where its read model stands.
const TABLE: &str = "followed_head";

/// Why no copy was made, or none restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// No SQLite database.
    #[error(
        "only databases of SQLite are copied by this program; for PostgreSQL use pg_dump or pg_basebackup"
    )]
    NotSqlite,
    /// No file in the address.
    #[error("the address names no file of a SQLite database")]
    Address,
    /// The target exists.
    #[error("{} exists; choose another name: nothing is overwritten", path.display())]
    Exists {
        /// The target.
        path: PathBuf,
    },
    /// It is no database of a service, or damaged.
    #[error("{} is not a whole database of a service: {found}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        found: String,
    },
    /// A file cannot be read or written.
    #[error("{} cannot be copied", path.display())]
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

/// Copies the database at an address (`sqlite:…`) as it is now into a new file, checked, readable by its
/// owner alone, and on disk when this returns; gives its size in bytes. Those who use it are not disturbed.
///
/// # Errors
///
/// [`BackupError`]; no file is left under its name.
pub async fn backup(url: &str, to: &Path) -> Result<u64, BackupError> {
    let from = database_file(url)?;
    refuse_existing(to)?;
    let options = SqliteConnectOptions::new().filename(&from).read_only(true);
    check(&from, options.clone(), false).await?;
    let partial = beside(to);
    remove(&partial)?;
    // Made first, so that nobody else can read it for a moment.
    create(&partial)?;
    let copied = copy(options, &partial).await;
    finish(copied, &partial, to).await
}

/// Makes a backup the database at an address, which must not exist.
///
/// # Errors
///
/// [`BackupError`]; nothing is left at the address.
pub async fn restore(backup: &Path, url: &str) -> Result<u64, BackupError> {
    let to = database_file(url)?;
    refuse_existing(&to)?;
    // What is left of a database's log would be played into the one that is restored.
    for suffix in ["-wal", "-shm"] {
        refuse_existing(&with_suffix(&to, suffix))?;
    }
    let partial = beside(&to);
    remove(&partial)?;
    create(&partial)?;
    let copied = copy_bytes(backup, &partial);
    let copied = copied.map_err(|source| BackupError::File {
        path: backup.to_owned(),
        source,
    });
    finish(copied, &partial, &to).await
}

/// The bytes alone: whoever may read the backup need not be who may read the database.
fn copy_bytes(from: &Path, to: &Path) -> io::Result<()> {
    let mut from = File::open(from)?;
    let mut to = OpenOptions::new().write(true).open(to)?;
    io::copy(&mut from, &mut to).map(drop)
}

async fn copy(options: SqliteConnectOptions, partial: &Path) -> Result<(), BackupError> {
    let failed = |path: &Path| BackupError::Damaged {
        path: path.to_owned(),
        found: "its name is no text".to_owned(),
    };
    let name = partial.to_str().ok_or_else(|| failed(partial))?;
    let mut connection = SqliteConnection::connect_with(&options)
        .await
        .map_err(storage)?;
    let copied = query("VACUUM INTO ?").bind(name).execute(&mut connection);
    copied.await.map_err(storage)?;
    Ok(connection.close().await.map_err(storage)?)
}

/// Checks a copy, forces it to disk and gives it its name; deletes it on any error.
async fn finish(
    copied: Result<(), BackupError>,
    partial: &Path,
    to: &Path,
) -> Result<u64, BackupError> {
    let options = SqliteConnectOptions::new()
        .filename(partial)
        .immutable(true);
    let settled = match copied {
        Ok(()) => check(partial, options, true).await.and_then(|()| {
            settle(partial, to).map_err(|source| BackupError::File {
                path: to.to_owned(),
                source,
            })
        }),
        Err(error) => Err(error),
    };
    if settled.is_err() {
        // Its name is one that nobody takes for a database.
        let _ = fs::remove_file(partial);
    }
    settled
}

/// Whether a file is a database of a service, and whole where all of it is to be read.
async fn check(
    path: &Path,
    options: SqliteConnectOptions,
    is_whole: bool,
) -> Result<(), BackupError> {
    let damaged = |found: String| BackupError::Damaged {
        path: path.to_owned(),
        found,
    };
    let connecting = SqliteConnection::connect_with(&options).await;
    let mut connection = connecting.map_err(|error| damaged(error.to_string()))?;
    let tables = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?";
    let tables = query_scalar(tables).bind(TABLE).fetch_one(&mut connection);
    let tables: i64 = tables.await.map_err(|error| damaged(error.to_string()))?;
    if tables != 1 {
        return Err(damaged("it lacks the tables of a service".to_owned()));
    }
    if is_whole {
        let found = query_scalar("PRAGMA integrity_check").fetch_one(&mut connection);
        let found: String = found.await.map_err(|error| damaged(error.to_string()))?;
        if found != "ok" {
            return Err(damaged(found));
        }
    }
    Ok(connection.close().await.map_err(storage)?)
}

fn settle(partial: &Path, to: &Path) -> io::Result<u64> {
    // SQLite does not force what VACUUM INTO writes.
    let file = File::open(partial)?;
    file.sync_all()?;
    fs::rename(partial, to)?;
    let folder = match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()?;
    Ok(file.metadata()?.len())
}

fn create(path: &Path) -> Result<(), BackupError> {
    let opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    opened.map(drop).map_err(|source| BackupError::File {
        path: path.to_owned(),
        source,
    })
}

fn refuse_existing(path: &Path) -> Result<(), BackupError> {
    match fs::symlink_metadata(path) {
        Ok(_) => Err(BackupError::Exists {
            path: path.to_owned(),
        }),
        Err(_) => Ok(()),
    }
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(BackupError::File {
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

fn beside(path: &Path) -> PathBuf {
    with_suffix(path, ".partial")
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The file in `sqlite:path` or `sqlite://path?mode=…`.
///
/// # Errors
///
/// [`BackupError::NotSqlite`] or [`BackupError::Address`] where there is none.
pub fn database_file(url: &str) -> Result<PathBuf, BackupError> {
    let rest = url.strip_prefix("sqlite:").ok_or(BackupError::NotSqlite)?;
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    if rest.is_empty() || rest.starts_with([':', '?']) {
        return Err(BackupError::Address);
    }
    // As the service itself reads the address.
    let options = SqliteConnectOptions::from_str(url).map_err(|_| BackupError::Address)?;
    Ok(options.get_filename().to_owned())
}

fn storage(error: sea_orm::sqlx::Error) -> StorageError {
    DbErr::Conn(RuntimeErr::SqlxError(error.into())).into()
}
