//! A disk of a node's own: an ext4 image on a loop device, whose power can be cut.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::{FallocateFlags, fallocate};
use nix::sys::statvfs::statvfs;

use crate::error::TortureError;
use crate::patience::within_blocking;
use crate::shell;

/// Size of an image. It is sparse; the node's files begin at some 70 MB.
const IMAGE_BYTES: u64 = 512 * 1024 * 1024;

/// `EXT4_IOC_SHUTDOWN` with `EXT4_GOING_FLAGS_NOLOGFLUSH`: what was not made durable is gone, and
/// every later write fails. Python is the caller because a call of the kernel by number is unsafe
/// code in any language that has the word.
const CUT: &str = "import fcntl, os, struct, sys\n\
    for path in sys.argv[1:]:\n\
    \x20   fcntl.ioctl(os.open(path, os.O_RDONLY), 0x8004587d, struct.pack('I', 2))\n";

/// Time in which a loop device of an unmounted image is gone.
const RELEASE: Duration = Duration::from_secs(20);

/// A node's disk.
#[derive(Debug)]
pub struct Disk {
    image: PathBuf,
    place: PathBuf,
    is_mounted: bool,
}

impl Disk {
    /// Makes an empty disk in `folder` and mounts it there.
    ///
    /// # Errors
    ///
    /// [`TortureError`].
    pub fn create(folder: &Path) -> Result<Self, TortureError> {
        let (image, place) = (folder.join("disk.img"), folder.join("disk"));
        std::fs::create_dir_all(&place).map_err(TortureError::io("make the place of a disk"))?;
        let mut disk = Self {
            image,
            place,
            is_mounted: false,
        };
        disk.format()?;
        disk.mount()?;
        Ok(disk)
    }

    /// Where it is mounted.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Mounts it; the file system's journal is replayed as after any power cut.
    ///
    /// # Errors
    ///
    /// [`TortureError`].
    pub fn mount(&mut self) -> Result<(), TortureError> {
        let (image, place) = (text(&self.image), text(&self.place));
        shell::run("mount", &["-t", "ext4", "-o", "loop", &image, &place])?;
        self.is_mounted = true;
        Ok(())
    }

    /// Unmounts it and waits until its loop device is gone, so that the next mount reads the image.
    ///
    /// # Errors
    ///
    /// [`TortureError`]; also while a process has files open on it.
    pub fn unmount(&mut self) -> Result<(), TortureError> {
        if !self.is_mounted {
            return Ok(());
        }
        shell::run("umount", &[&text(&self.place)])?;
        self.is_mounted = false;
        let image = text(&self.image);
        let released = within_blocking(RELEASE, || {
            let devices = shell::run("losetup", &["--associated", &image]);
            devices.ok().filter(|devices| devices.trim().is_empty())
        });
        released.map(|_| ()).ok_or_else(|| TortureError::Command {
            command: "umount".to_owned(),
            said: format!("the loop device of {image} is not released"),
        })
    }

    /// Empties it, as a new disk.
    ///
    /// # Errors
    ///
    /// [`TortureError`].
    pub fn replace(&mut self) -> Result<(), TortureError> {
        self.unmount()?;
        std::fs::remove_file(&self.image).map_err(TortureError::io("remove an image"))?;
        self.format()?;
        self.mount()
    }

    /// Takes all the room that is left.
    ///
    /// # Errors
    ///
    /// [`TortureError`].
    pub fn fill(&self) -> Result<(), TortureError> {
        let file = File::options()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(self.ballast())
            .map_err(TortureError::io("open the ballast"))?;
        // In ever smaller steps: the rest is in pieces, and the node goes on writing meanwhile.
        let mut step = self.free_bytes()?.max(1);
        let mut end = 0;
        while step >= 4096 {
            let length = i64::try_from(step).unwrap_or(i64::MAX);
            match fallocate(&file, FallocateFlags::empty(), end, length) {
                Ok(()) => end += length,
                Err(_) => step /= 2,
            }
        }
        Ok(())
    }

    /// Gives the room back.
    ///
    /// # Errors
    ///
    /// [`TortureError`].
    pub fn free(&self) -> Result<(), TortureError> {
        std::fs::remove_file(self.ballast()).map_err(TortureError::io("remove the ballast"))
    }

    /// Room that is left.
    ///
    /// # Errors
    ///
    /// [`TortureError`].
    pub fn free_bytes(&self) -> Result<u64, TortureError> {
        let found = statvfs(&self.place).map_err(std::io::Error::from);
        let found = found.map_err(TortureError::io("ask for the room on a disk"))?;
        Ok(found
            .blocks_available()
            .saturating_mul(found.fragment_size()))
    }

    fn ballast(&self) -> PathBuf {
        self.place.join("ballast")
    }

    fn format(&self) -> Result<(), TortureError> {
        let file = File::create(&self.image).map_err(TortureError::io("make an image"))?;
        file.set_len(IMAGE_BYTES)
            .map_err(TortureError::io("size an image"))?;
        let image = text(&self.image);
        // No blocks kept for root, whom nodes run as here: a full disk is full.
        shell::run("mkfs.ext4", &["-q", "-F", "-m", "0", &image])?;
        Ok(())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.is_mounted {
            // The mount namespace ends with the harness in any case.
            let _ = shell::run("umount", &["--lazy", &text(&self.place)]);
        }
    }
}

/// Cuts the power of these disks. Whoever writes to them afterwards is told so by an error.
///
/// # Errors
///
/// [`TortureError`].
pub fn cut(disks: &[&Disk]) -> Result<(), TortureError> {
    let places: Vec<String> = disks.iter().map(|disk| text(&disk.place)).collect();
    let mut arguments = vec!["-c", CUT];
    arguments.extend(places.iter().map(String::as_str));
    shell::run("python3", &arguments)?;
    Ok(())
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
