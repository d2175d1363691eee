//! The guard's two slots in a file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::slot::{SLOT_BYTES, Slot};
use super::{GuardError, failure};

/// Where the two slots are kept.
///
/// A write reaches one slot only, whatever happens meanwhile, and is durable when it returns.
pub trait Slots: std::fmt::Debug + Send {
    /// The bytes of slot 0 or 1.
    ///
    /// # Errors
    ///
    /// The system's answer.
    fn read(&self, index: u64) -> io::Result<[u8; SLOT_BYTES]>;

    /// Overwrites slot 0 or 1.
    ///
    /// # Errors
    ///
    /// The system's answer: nothing is known about what is durable.
    fn write(&mut self, index: u64, bytes: &[u8; SLOT_BYTES]) -> io::Result<()>;
}

/// A file held by this process alone.
#[derive(Debug)]
struct SlotFile(File);

impl Slots for SlotFile {
    fn read(&self, index: u64) -> io::Result<[u8; SLOT_BYTES]> {
        let mut bytes = [0; SLOT_BYTES];
        self.0
            .read_exact_at(&mut bytes, index * SLOT_BYTES as u64)?;
        Ok(bytes)
    }

    fn write(&mut self, index: u64, bytes: &[u8; SLOT_BYTES]) -> io::Result<()> {
        self.0.write_all_at(bytes, index * SLOT_BYTES as u64)?;
        self.0.sync_data()
    }
}

/// Opens a guard's file for this process alone.
pub(super) fn open(path: &Path) -> Result<Box<dyn Slots>, GuardError> {
    let file = match OpenOptions::new().read(true).write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(GuardError::Missing {
                path: path.to_owned(),
            });
        }
        Err(source) => return Err(failure(path, "opened", source)),
    };
    match file.try_lock() {
        Ok(()) => Ok(Box::new(SlotFile(file))),
        Err(TryLockError::WouldBlock) => Err(GuardError::InUse {
            path: path.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(failure(path, "locked", source)),
    }
}

/// Writes the file of a new guard.
pub(super) fn create(path: &Path, slot: &Slot) -> io::Result<()> {
    let mut temporary = path.as_os_str().to_owned();
    temporary.push(".new");
    let temporary = PathBuf::from(temporary);
    let file = File::create(&temporary)?;
    file.set_len(2 * SLOT_BYTES as u64)?;
    // Both slots are written so that the file's blocks exist: overwriting them needs no new ones.
    file.write_all_at(&[0; 2 * SLOT_BYTES], 0)?;
    file.write_all_at(&slot.encode(), slot.index() * SLOT_BYTES as u64)?;
    file.sync_all()?;
    std::fs::rename(&temporary, path)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}
