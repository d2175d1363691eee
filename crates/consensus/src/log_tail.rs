//! The end of the engine's log after a power cut.
//!
//! An append that was not made durable may be found in three forms: not at all, in part, or as zeros
//! where the file system had made its length durable and not its bytes. The engine takes zeros for
//! empty entries and stops for good. What was never durable was never acted on, so it is cut off here;
//! damage anywhere else is left for the engine to find, because what was durable must not be forgotten.

use std::fs::File;
use std::io;
use std::path::Path;

use arc_malachitebft_wal::Log;

/// Before the first entry: version `u32` and sequence `u64`.
const FIRST: u64 = 12;
/// Before an entry's data: a flag `u8`, its length `u64` BE, a checksum `u32`.
const HEAD: u64 = 13;
/// Where in an entry its length is.
const LENGTH: std::ops::Range<usize> = 1..9;

/// Cuts off what was not made durable; how many entries of the log are left, if anything was cut.
pub(crate) fn mend(path: &Path) -> io::Result<Option<usize>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if last_written(&bytes).is_none() {
        // Not even the version is durable: the file was made a moment before.
        let file = File::options().write(true).open(path)?;
        file.set_len(0)?;
        file.sync_all()?;
        return Ok((!bytes.is_empty()).then_some(0));
    }
    let mut log = Log::open(path)?;
    let Some((entry, start)) = first_bad(&mut log)? else {
        return Ok(None);
    };
    // Opening cut off what was not whole at the end.
    let bytes = std::fs::read(path)?;
    if !last_written(&bytes).is_some_and(|last| is_last(&bytes, start, last)) {
        return Ok(None);
    }
    log.truncate(u64::try_from(entry).unwrap_or(u64::MAX))?;
    Ok(Some(entry))
}

/// Place of the last byte that is not zero.
fn last_written(bytes: &[u8]) -> Option<usize> {
    bytes.iter().rposition(|byte| *byte != 0)
}

/// Number and place of the first entry that the engine did not write as it is.
fn first_bad(log: &mut Log) -> io::Result<Option<(usize, u64)>> {
    let mut start = FIRST;
    for (number, entry) in log.iter()?.enumerate() {
        match entry {
            // The engine writes no empty entry.
            Ok(data) if !data.is_empty() => {
                start += HEAD + u64::try_from(data.len()).unwrap_or(u64::MAX);
            }
            _ => return Ok(Some((number, start))),
        }
    }
    Ok(None)
}

/// Whether nothing but zeros is after the entry that begins at `start`.
fn is_last(bytes: &[u8], start: u64, last: usize) -> bool {
    let Some(entry) = usize::try_from(start)
        .ok()
        .and_then(|start| bytes.get(start..))
    else {
        return true;
    };
    let length = entry.get(LENGTH).and_then(|length| length.try_into().ok());
    let length = u64::from_be_bytes(length.unwrap_or_default());
    let end = start.saturating_add(HEAD).saturating_add(length);
    u64::try_from(last).is_ok_and(|last| last < end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRIES: [&[u8]; 3] = [b"a vote", b"another vote", b"a timeout"];

    fn written(folder: &Path) -> std::path::PathBuf {
        let path = folder.join("consensus.wal");
        let mut log = Log::open(&path).unwrap();
        log.reset(7).unwrap();
        for entry in ENTRIES {
            log.append(entry).unwrap();
        }
        log.flush().unwrap();
        path
    }

    /// Changes the bytes of a log of three entries and mends it; what it holds then.
    fn mended(change: impl FnOnce(&mut Vec<u8>)) -> (Option<usize>, Vec<Result<Vec<u8>, String>>) {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        let mut bytes = std::fs::read(&path).unwrap();
        change(&mut bytes);
        std::fs::write(&path, bytes).unwrap();
        let cut = mend(&path).unwrap();
        let mut log = Log::open(&path).unwrap();
        assert_eq!(log.sequence(), 7);
        let entries = log.iter().unwrap();
        let entries = entries.map(|entry| entry.map_err(|error| error.to_string()));
        (cut, entries.collect())
    }

    fn whole(count: usize) -> Vec<Result<Vec<u8>, String>> {
        let entries = ENTRIES.iter().take(count);
        entries.map(|entry| Ok(entry.to_vec())).collect()
    }

    #[test]
    fn a_whole_log_is_left_alone() {
        assert_eq!(mended(|_| {}), (None, whole(3)));
    }

    #[test]
    fn zeros_of_appends_that_were_not_durable_are_cut_off() {
        for zeros in [1, 12, 13, 26, 338] {
            let (_, entries) = mended(|bytes| bytes.resize(bytes.len() + zeros, 0));
            assert_eq!(entries, whole(3), "{zeros} zeros");
        }
    }

    #[test]
    fn zeros_are_cut_off_the_first_time_whatever_follows_them_that_is_no_entry() {
        let (cut, entries) = mended(|bytes| {
            bytes.resize(bytes.len() + 30, 0);
            bytes.push(1);
        });
        assert_eq!((cut, entries), (Some(3), whole(3)));
    }

    #[test]
    fn an_entry_of_which_only_the_beginning_is_durable_is_cut_off() {
        let last = ENTRIES[2].len() + 13;
        for kept in 0..last {
            let (_, entries) = mended(|bytes| {
                let torn = bytes.len() - last + kept;
                bytes[torn..].fill(0);
                bytes.extend([0; 100]);
            });
            assert_eq!(entries, whole(2), "{kept} bytes of the last entry");
        }
    }

    #[test]
    fn damage_before_what_is_whole_is_not_cut_off() {
        let (cut, entries) = mended(|bytes| bytes[12 + 13] ^= 1);
        assert_eq!(cut, None);
        assert!(entries[0].is_err());
    }

    #[test]
    fn a_log_without_a_durable_byte_is_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("consensus.wal");
        assert_eq!(mend(&path).unwrap(), None);
        std::fs::write(&path, [0; 12]).unwrap();
        assert_eq!(mend(&path).unwrap(), Some(0));
        assert_eq!(Log::open(&path).unwrap().len(), 0);
    }
}
