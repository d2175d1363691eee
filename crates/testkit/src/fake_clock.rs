//! Programs that believe it is another day: for what happens to medicine when time passes.
//!
//! Debian's `libfaketime` stands between the programs and the system's clock; they run as built. The
//! monotonic clock stays true, so that timeouts do.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

/// Where Debian keeps the library, by architecture.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";
const FOLDERS: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib",
];

static ENVIRONMENT: Mutex<Vec<(&'static str, OsString)>> = Mutex::new(Vec::new());

/// The clock of every program that is started while this lives.
#[derive(Debug)]
pub struct FakeClock {
    folder: TempDir,
}

impl FakeClock {
    /// A clock that is some days behind.
    ///
    /// # Panics
    ///
    /// Without the Debian package `libfaketime`, which `cargo xtask test --install` brings.
    pub fn days_ago(days: u32) -> Self {
        let library = library().expect("install libfaketime, or run cargo xtask test --install");
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = Self { folder };
        clock.set(&format!("-{days}d"));
        *environment() = reading(&library, &clock.file());
        clock
    }

    /// Sets the clock to the true time.
    pub fn set_to_now(&self) {
        self.set("+0d");
    }

    fn set(&self, offset: &str) {
        let fresh = self.folder.path().join("next");
        std::fs::write(&fresh, format!("{offset}\n")).expect("a file of the test's own");
        std::fs::rename(fresh, self.file()).expect("a file of the test's own");
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("clock")
    }
}

impl Drop for FakeClock {
    fn drop(&mut self) {
        environment().clear();
    }
}

/// Where the library is, if it is installed.
pub fn library() -> Option<PathBuf> {
    let found = FOLDERS.map(|folder| Path::new(folder).join(LIBRARY));
    found.into_iter().find(|path| path.is_file())
}

/// What makes a program read its clock from a file.
pub fn reading(library: &Path, file: &Path) -> Vec<(&'static str, OsString)> {
    vec![
        ("LD_PRELOAD", library.into()),
        ("FAKETIME_TIMESTAMP_FILE", file.into()),
        // Every reading looks at the file, so that all programs change at one instant.
        ("FAKETIME_NO_CACHE", "1".into()),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
    ]
}

/// What programs are started with.
pub(crate) fn variables() -> Vec<(&'static str, OsString)> {
    environment().clone()
}

fn environment() -> MutexGuard<'static, Vec<(&'static str, OsString)>> {
    ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner)
}
