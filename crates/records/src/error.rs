//! What can go wrong with a database, told apart by what a person must do.

use std::sync::Arc;

use sea_orm::{DbErr, RuntimeErr, sqlx};

/// The database's own error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DatabaseFault(pub(crate) DbErr);

/// A read or write that did not happen. Nothing of a failed write is left behind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StorageError {
    /// The database may only be read.
    #[error("the database is read-only")]
    ReadOnly {
        /// The database's words.
        #[source]
        source: DatabaseFault,
    },
    /// There is no more room.
    #[error("the disk or the database is full")]
    Full {
        /// The database's words.
        #[source]
        source: DatabaseFault,
    },
    /// Another program holds the database for too long.
    #[error("the database is locked by another program")]
    Busy {
        /// The database's words.
        #[source]
        source: DatabaseFault,
    },
    /// The file is damaged, or not a database.
    #[error("the database is damaged or not a database of this program")]
    Damaged {
        /// The database's words.
        #[source]
        source: DatabaseFault,
    },
    /// The database cannot be opened or reached.
    #[error("the database cannot be opened or reached")]
    Unavailable {
        /// The database's words.
        #[source]
        source: DatabaseFault,
    },
    /// The server may lose what it has acknowledged.
    #[error("the setting {setting} of the PostgreSQL server is {found}, it must be on")]
    Unsafe {
        /// Name of the setting.
        setting: &'static str,
        /// Its value.
        found: String,
    },
    /// A row with this key exists.
    #[error("a row with this key exists already")]
    Duplicate {
        /// The database's words.
        #[source]
        source: DatabaseFault,
    },
    /// A stored value does not read back.
    #[error("column {column} holds a value that does not read back")]
    Corrupt {
        /// Table and column.
        column: &'static str,
    },
    /// A number does not fit its column.
    #[error("{what} is too large to be stored")]
    OutOfRange {
        /// Which number.
        what: &'static str,
    },
    /// The answer would be larger than any that a person or program can use.
    #[error("there are more than {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The bound.
        max: usize,
    },
    /// Anything else: a fault of this program.
    #[error("the database refused a statement")]
    Refused {
        /// The database's words.
        #[source]
        source: DatabaseFault,
    },
}

impl StorageError {
    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::ReadOnly { .. } => {
                "make the database file and its folder writable for this program; nothing was changed"
            }
            Self::Full { .. } => "free space on the disk of the database; nothing was changed",
            Self::Busy { .. } => "stop the other program that uses this database, then try again",
            Self::Damaged { .. } | Self::Corrupt { .. } => {
                "move the database away and start again: it is rebuilt from the chain, except intents and events; restore those from a backup"
            }
            Self::Unavailable { .. } => {
                "check the database address, the folder and its permissions"
            }
            Self::TooMany { .. } => "ask for a part: one unit or one run instead of all",
            Self::Unsafe { .. } => "set it to on in postgresql.conf and restart the server",
            Self::Duplicate { .. } | Self::OutOfRange { .. } | Self::Refused { .. } => {
                "report this: it is a fault of the program"
            }
        }
    }

    /// Whether the same call may succeed once the database has been attended to.
    pub fn is_temporary(&self) -> bool {
        matches!(
            self,
            Self::ReadOnly { .. }
                | Self::Full { .. }
                | Self::Busy { .. }
                | Self::Unavailable { .. }
        )
    }
}

/// What a driver's code means.
enum Meaning {
    ReadOnly,
    Full,
    Busy,
    Damaged,
    Unavailable,
    Duplicate,
    Refused,
}

impl From<DbErr> for StorageError {
    fn from(error: DbErr) -> Self {
        let meaning = meaning(&error);
        let source = DatabaseFault(error);
        match meaning {
            Meaning::ReadOnly => Self::ReadOnly { source },
            Meaning::Full => Self::Full { source },
            Meaning::Busy => Self::Busy { source },
            Meaning::Damaged => Self::Damaged { source },
            Meaning::Unavailable => Self::Unavailable { source },
            Meaning::Duplicate => Self::Duplicate { source },
            Meaning::Refused => Self::Refused { source },
        }
    }
}

fn meaning(error: &DbErr) -> Meaning {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(source)) => match sqlx_meaning(source) {
            Meaning::Refused => Meaning::Unavailable,
            other => other,
        },
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Meaning::Unavailable,
        DbErr::Exec(RuntimeErr::SqlxError(source))
        | DbErr::Query(RuntimeErr::SqlxError(source)) => sqlx_meaning(source),
        _ => Meaning::Refused,
    }
}

fn sqlx_meaning(error: &Arc<sqlx::Error>) -> Meaning {
    match error.as_ref() {
        sqlx::Error::Database(fault) => {
            let code = fault.code().unwrap_or_default();
            if fault
                .try_downcast_ref::<sqlx::sqlite::SqliteError>()
                .is_some()
            {
                sqlite_meaning(&code)
            } else {
                postgres_meaning(&code)
            }
        }
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Meaning::Unavailable,
        _ => Meaning::Refused,
    }
}

/// By SQLite's extended result codes: the low byte is the primary code.
fn sqlite_meaning(code: &str) -> Meaning {
    let Ok(number) = code.parse::<u32>() else {
        return Meaning::Refused;
    };
    match (number, number & 0xff) {
        (1555 | 2067, _) => Meaning::Duplicate,
        (_, 8) => Meaning::ReadOnly,
        (_, 13) => Meaning::Full,
        (_, 5 | 6) => Meaning::Busy,
        (_, 11 | 26) => Meaning::Damaged,
        (_, 3 | 10 | 14 | 23) => Meaning::Unavailable,
        _ => Meaning::Refused,
    }
}

/// By SQLSTATE (PostgreSQL, appendix A).
fn postgres_meaning(code: &str) -> Meaning {
    match code {
        "23505" => Meaning::Duplicate,
        "25006" | "42501" => Meaning::ReadOnly,
        "53100" | "53200" => Meaning::Full,
        "55P03" | "40001" | "40P01" => Meaning::Busy,
        "XX001" | "XX002" => Meaning::Damaged,
        _ if code.starts_with("08") || code.starts_with("53") || code.starts_with("57") => {
            Meaning::Unavailable
        }
        _ => Meaning::Refused,
    }
}
