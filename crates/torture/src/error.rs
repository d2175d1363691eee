//! Why the harness itself cannot go on. What a network does wrong is a
//! [`Violation`](crate::judge::Violation), never an error.

use std::io;

use theriac_client::ClientSetupError;
use theriac_http::keyfile::KeyFileError;

/// The harness cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum TortureError {
    /// The machine lacks something.
    #[error("this machine lacks: {}", missing.join("; "))]
    Missing {
        /// What, each with what to do.
        missing: Vec<String>,
    },
    /// A program could not be started.
    #[error("cannot start {program}")]
    Start {
        /// The program.
        program: String,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// A program failed.
    #[error("{command} failed: {said}")]
    Command {
        /// What was run.
        command: String,
        /// What it printed on standard error.
        said: String,
    },
    /// A file or folder of the harness.
    #[error("cannot {what}")]
    Io {
        /// What was tried.
        what: String,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// A service's database does not open or does not answer.
    #[error("the database fails: {reason}")]
    Database {
        /// Why.
        reason: String,
    },
    /// The wire cannot be laid.
    #[error("cannot lay the wire: {reason}")]
    Wire {
        /// Why.
        reason: String,
    },
    /// A key file cannot be written.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// No HTTP client.
    #[error(transparent)]
    Client(#[from] ClientSetupError),
    /// No network can be founded from these figures.
    #[error("no network can be founded: {reason}")]
    Founding {
        /// Why.
        reason: String,
    },
    /// The person at the terminal ended it.
    #[error("interrupted")]
    Interrupted,
}

impl TortureError {
    /// An error about a file or folder.
    pub fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
