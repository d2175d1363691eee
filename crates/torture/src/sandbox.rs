//! The namespaces in which everything happens, so that nothing is left however the harness ends.
//!
//! The harness runs as the first process of a namespace of processes, with mounts and a network of
//! its own: when it ends, by whatever cause, the kernel ends its nodes, unmounts their disks, which
//! releases the loop devices, and removes the wire. Only the folder is left to be removed.

use std::fs::{File, TryLockError};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::Uid;
use tempfile::TempDir;

use crate::error::TortureError;
use crate::shell;
use crate::wire::{address, device};

/// How the folders of runs begin.
const PREFIX: &str = "theriac-torture-";

/// Says that a run still owns its folder.
const LOCK: &str = "owned";

/// What this machine lacks; empty when nothing.
pub fn missing() -> Vec<String> {
    let mut missing = Vec::new();
    if !Uid::effective().is_root() {
        missing.push("root: run it with sudo".to_owned());
    }
    for device in ["/dev/net/tun", "/dev/loop-control"] {
        if !Path::new(device).exists() {
            missing.push(format!("the device {device}"));
        }
    }
    let programs: [(&str, &[&str], &str); 5] = [
        ("ip", &["-Version"], "iproute2"),
        ("mkfs.ext4", &["-V"], "e2fsprogs"),
        ("losetup", &["--version"], "mount"),
        ("nsenter", &["--version"], "util-linux"),
        ("python3", &["--version"], "python3"),
    ];
    for (program, probe, package) in programs {
        if !shell::succeeds(program, probe) {
            missing.push(format!("the program {program}: install {package}"));
        }
    }
    if missing.is_empty() && !shell::succeeds("unshare", &[ISOLATION, &["true"]].concat()) {
        missing.push("the right to make namespaces: run it on the machine itself or in a privileged container".to_owned());
    }
    missing
}

const ISOLATION: &[&str] = &[
    "--net",
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "--mount-proc",
];

/// Becomes `program` in namespaces of its own. Comes back only when that fails.
pub fn enter(program: &Path, arguments: &[String]) -> TortureError {
    let source = Command::new("unshare")
        .args(ISOLATION)
        .arg(program)
        .args(arguments)
        .exec();
    TortureError::Start {
        program: "unshare".to_owned(),
        source,
    }
}

/// The folder of a run; removed when dropped, unless it is kept.
#[derive(Debug)]
pub struct Folder {
    folder: TempDir,
    // Held, never read: the lock on it says that the run is alive.
    _lock: File,
}

impl Folder {
    /// Removes what aborted runs have left in `place`, and makes a new folder there.
    ///
    /// # Errors
    ///
    /// [`TortureError::Io`].
    pub fn create(place: &Path) -> Result<Self, TortureError> {
        sweep(place)?;
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(place);
        let folder = folder.map_err(TortureError::io("make a folder"))?;
        let lock = File::create(folder.path().join(LOCK));
        let lock = lock.map_err(TortureError::io("make a lock"))?;
        lock.lock().map_err(TortureError::io("take a lock"))?;
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves the folder where it is.
    pub fn keep(&mut self) {
        self.folder.disable_cleanup(true);
        // Without its lock it is not taken for one that was left behind.
        let _ = std::fs::remove_file(self.path().join(LOCK));
    }
}

/// Removes the folders of runs that are no more; those that were kept have no lock.
fn sweep(place: &Path) -> Result<Vec<PathBuf>, TortureError> {
    let entries = std::fs::read_dir(place).map_err(TortureError::io("look for leftovers"))?;
    let mut swept = Vec::new();
    for entry in entries.flatten() {
        let path = entry.path();
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        if is_ours && is_left_behind(&path.join(LOCK)) {
            std::fs::remove_dir_all(&path).map_err(TortureError::io("remove a leftover"))?;
            swept.push(path);
        }
    }
    Ok(swept)
}

fn is_left_behind(lock: &Path) -> bool {
    let Ok(file) = File::open(lock) else {
        return false;
    };
    !matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

/// Makes a place for the names of network namespaces that ends with the mount namespace.
///
/// # Errors
///
/// [`TortureError`].
pub fn prepare_namespaces() -> Result<(), TortureError> {
    let place = "/run/netns";
    std::fs::create_dir_all(place).map_err(TortureError::io("make /run/netns"))?;
    shell::run("mount", &["-t", "tmpfs", "none", place])?;
    shell::run("ip", &["link", "set", "lo", "up"])?;
    Ok(())
}

/// The namespace of a port.
pub fn namespace(port: usize) -> String {
    format!("node{port}")
}

/// Moves the device of a port into a namespace of its own and gives it its address.
///
/// # Errors
///
/// [`TortureError`].
pub fn connect(port: usize) -> Result<(), TortureError> {
    let (name, device) = (namespace(port), device(port));
    shell::run("ip", &["netns", "add", &name])?;
    shell::run("ip", &["link", "set", &device, "netns", &name])?;
    shell::run("ip", &["-n", &name, "link", "set", "lo", "up"])?;
    configure(&["-n", &name], port)
}

/// Gives the harness's own device its address.
///
/// # Errors
///
/// [`TortureError`].
pub fn connect_harness(port: usize) -> Result<(), TortureError> {
    configure(&[], port)
}

fn configure(inside: &[&str], port: usize) -> Result<(), TortureError> {
    let (device, address) = (device(port), format!("{}/24", address(port)));
    let ip = |arguments: &[&str]| shell::run("ip", &[inside, arguments].concat());
    ip(&["addr", "add", &address, "dev", &device])?;
    ip(&["link", "set", &device, "up"])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_aborted_run_left_is_removed_and_what_was_kept_is_not() {
        let place = tempfile::tempdir().unwrap();
        let left = place.path().join("theriac-torture-left");
        let kept = place.path().join("theriac-torture-kept");
        let foreign = place.path().join("something-else");
        for folder in [&left, &kept, &foreign] {
            std::fs::create_dir(folder).unwrap();
        }
        std::fs::write(left.join(LOCK), "").unwrap();
        std::fs::write(foreign.join(LOCK), "").unwrap();
        let run = Folder::create(place.path()).unwrap();
        assert!(!left.exists());
        assert!(kept.exists() && foreign.exists());
        let another = Folder::create(place.path()).unwrap();
        assert!(run.path().exists() && another.path().exists());
        let path = run.path().to_owned();
        drop(run);
        assert!(!path.exists());
    }
}
