//! The files from which trust starts: the public anchor, and the members' records.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::genesis::{Anchor, GenesisRecords};

/// The largest anchor file: 64 validators take about 12 KiB.
pub const ANCHOR_BYTES_MAX: u64 = 64 * 1024;

/// The largest records file: 4,096 of each record at most.
pub const RECORDS_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Why a trust file was refused. Every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is longer than its bound.
    #[error("{} is longer than {max} bytes: it is no file of this kind", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The bound.
        max: u64,
    },
    /// It has another form.
    #[error("{} does not read", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// It belongs to another version.
    #[error("{} is of protocol {found}; this program knows {PROTOCOL}", path.display())]
    Protocol {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: u32,
    },
}

/// Reads the public anchor: JSON, as the genesis ceremony seals it.
///
/// # Errors
///
/// [`TrustError`].
pub fn load_anchor(path: &Path) -> Result<Anchor, TrustError> {
    let anchor: Anchor = load(path, ANCHOR_BYTES_MAX)?;
    if anchor.protocol != PROTOCOL {
        return Err(TrustError::Protocol {
            path: path.to_path_buf(),
            found: anchor.protocol,
        });
    }
    Ok(anchor)
}

/// Reads the members' records of genesis: JSON. Whether they belong to an anchor is for the ledger
/// to say, when it computes their state root.
///
/// # Errors
///
/// [`TrustError`].
pub fn load_records(path: &Path) -> Result<GenesisRecords, TrustError> {
    load(path, RECORDS_BYTES_MAX)
}

fn load<T: DeserializeOwned>(path: &Path, max: u64) -> Result<T, TrustError> {
    let unreadable = |source| TrustError::Unreadable {
        path: path.to_path_buf(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(max + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > max) {
        return Err(TrustError::TooLong {
            path: path.to_path_buf(),
            max,
        });
    }
    serde_json::from_slice(&bytes).map_err(|source| TrustError::Malformed {
        path: path.to_path_buf(),
        source,
    })
}
