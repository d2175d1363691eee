//! One node's wall clock, which can be set while the node runs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use theriac_testkit::fake_clock;

use crate::error::TortureError;

/// A clock that a node's process reads instead of the machine's.
#[derive(Debug)]
pub struct NodeClock {
    library: PathBuf,
    file: PathBuf,
}

impl NodeClock {
    /// A true clock, kept in `folder`; none where the machine lacks the library for it.
    ///
    /// # Errors
    ///
    /// [`TortureError::Io`].
    pub fn create(folder: &Path) -> Result<Option<Self>, TortureError> {
        let Some(library) = fake_clock::library() else {
            return Ok(None);
        };
        let file = folder.join("clock");
        let clock = Self { library, file };
        clock.set(0)?;
        Ok(Some(clock))
    }

    /// Sets it to so many seconds after the true time; negative is before.
    ///
    /// # Errors
    ///
    /// [`TortureError::Io`].
    pub fn set(&self, seconds: i64) -> Result<(), TortureError> {
        let next = self.file.with_extension("next");
        let written = std::fs::write(&next, format!("{seconds:+}s\n"));
        written.map_err(TortureError::io("write a clock"))?;
        // In one step: the node may read at any moment.
        std::fs::rename(next, &self.file).map_err(TortureError::io("set a clock"))
    }

    /// What makes a process read it.
    pub fn variables(&self) -> Vec<(&'static str, OsString)> {
        fake_clock::reading(&self.library, &self.file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_process_reads_the_clock_that_was_set() {
        let folder = tempfile::tempdir().unwrap();
        let clock = NodeClock::create(folder.path()).unwrap();
        let clock = clock.expect("libfaketime, which cargo xtask test --install brings");
        let read = || {
            let date = Command::new("date")
                .arg("+%s")
                .envs(clock.variables())
                .output();
            let text = String::from_utf8(date.unwrap().stdout).unwrap();
            text.trim().parse::<i64>().unwrap()
        };
        let now = read();
        clock.set(3600).unwrap();
        assert!((3590..3700).contains(&(read() - now)));
        clock.set(-3600).unwrap();
        assert!((-3610..-3500).contains(&(read() - now)));
    }
}
