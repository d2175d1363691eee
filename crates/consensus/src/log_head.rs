//! What the engine's log is about.

use std::io;
use std::path::Path;

use arc_malachitebft_wal::Log;
use theriac_ledger::identifier::Height;

use crate::log_tail;
use crate::start::log_path;

/// The height that a log is about, and how much it holds of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogHead {
    /// The height.
    pub height: Height,
    /// Number of its entries.
    pub entries: usize,
}

/// Reads the head of the log in the engine's folder; height 0 where there is none.
///
/// # Errors
///
/// The system's answer.
pub fn log_head(folder: &Path) -> io::Result<LogHead> {
    let path = log_path(folder);
    let is_new = match std::fs::metadata(&path) {
        Ok(found) => found.len() == 0,
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(error),
    };
    if is_new {
        return Ok(LogHead::default());
    }
    // Zeros that a power cut left are no entries.
    log_tail::mend(&path)?;
    let log = Log::open(path)?;
    Ok(LogHead {
        height: log.sequence(),
        entries: log.len(),
    })
}
