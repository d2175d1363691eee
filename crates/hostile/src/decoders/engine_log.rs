//! The engine's log after a power cut, or after somebody wrote into it.

use std::path::Path;

use arc_malachitebft_wal::Log;
use theriac_consensus::{log_head, log_path};

/// Bytes as the engine's log: what is whole before the first damage is still there after it was mended, and
/// mending it again changes nothing.
pub(crate) fn engine_log(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = log_path(folder.path());
    let write = || std::fs::write(&path, bytes).expect("a temporary file is written");
    write();
    let before = whole(&path);
    write();
    let Ok(head) = log_head(folder.path()) else {
        return;
    };
    let after = whole(&path);
    assert!(
        after.starts_with(&before),
        "mending lost {} of {} entries",
        before.len().saturating_sub(after.len()),
        before.len()
    );
    let again = log_head(folder.path()).expect("it was read before");
    assert_eq!(again, head, "mending it twice");
    assert_eq!(whole(&path), after, "mending it twice");
}

/// The entries before the first that the engine did not write as it is.
fn whole(path: &Path) -> Vec<Vec<u8>> {
    let Ok(mut log) = Log::open(path) else {
        return Vec::new();
    };
    let Ok(entries) = log.iter() else {
        return Vec::new();
    };
    entries
        .map_while(Result::ok)
        .take_while(|entry| !entry.is_empty())
        .collect()
}

/// Logs of three entries: whole, torn in the last one, and with zeros after them.
pub(crate) fn golden() -> Vec<(&'static str, Vec<u8>)> {
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    let path = log_path(folder.path());
    let mut log = Log::open(&path).expect("a new log");
    log.reset(7).expect("a temporary file is written");
    for entry in ["a vote", "another vote", "a timeout"] {
        log.append(entry.as_bytes())
            .expect("a temporary file is written");
    }
    log.flush().expect("a temporary file is written");
    let bytes = std::fs::read(&path).expect("it was written");
    let torn = bytes[..bytes.len() - 5].to_vec();
    let mut zeros = bytes.clone();
    zeros.resize(bytes.len() + 100, 0);
    vec![("whole", bytes), ("torn", torn), ("zeros", zeros)]
}
