//! What could not be read, and of whom: bad evidence is the verifier's fault, a bad trust file the
//! user's.

use serde::Serialize;
use theriac_proof::bundle::JsonError;
use theriac_proof::light::TrustFileError;

/// Why nothing was checked.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The bundle.
    #[error(transparent)]
    Evidence(#[from] JsonError),
    /// The verifier's answer around it.
    #[error("the verifier's answer cannot be read")]
    Answer(#[source] serde_json::Error),
    /// The answer is longer than any with evidence is.
    #[error("{found} bytes are more than an answer has at most")]
    TooLong {
        /// Bytes found.
        found: usize,
    },
    /// The answer holds none.
    #[error("the answer carries no evidence")]
    NoEvidence,
    /// The trust file.
    #[error(transparent)]
    Trust(#[from] TrustFileError),
    /// The clock or the limit of age.
    #[error("{found} is no time in milliseconds")]
    Clock {
        /// What was given.
        found: f64,
    },
}

/// The same for the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorReport {
    /// What could not be read: `evidence`, `trust` or `clock`.
    pub input: &'static str,
    /// Why, for people.
    pub error: String,
}

impl From<&Unreadable> for ErrorReport {
    fn from(unreadable: &Unreadable) -> Self {
        let input = match unreadable {
            Unreadable::Evidence(_)
            | Unreadable::Answer(_)
            | Unreadable::TooLong { .. }
            | Unreadable::NoEvidence => "evidence",
            Unreadable::Trust(_) => "trust",
            Unreadable::Clock { .. } => "clock",
        };
        Self {
            input,
            error: chain(unreadable),
        }
    }
}

/// An error and its causes, the outermost first.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words.push_str(": ");
        words.push_str(&cause.to_string());
        source = cause.source();
    }
    words
}
