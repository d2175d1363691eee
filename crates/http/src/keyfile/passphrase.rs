//! Where a passphrase comes from.

use std::fs::File;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{
    KeyFileError, PASSPHRASE_BYTES_MAX, PASSPHRASE_EXPOSURE, check_mode, passphrase_in,
    read_bounded, read_passphrase,
};

/// Where a passphrase comes from: wherever one is asked for, in a configuration or on a command
/// line, either form is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PassphraseSource {
    /// A credential file; see [`read_passphrase`].
    File(PathBuf),
    /// The number of a descriptor that the parent process handed down, such as the end of a pipe.
    /// It is read to its end, so a pipe serves once.
    Descriptor(u32),
}

/// Why it is not clear where the passphrase comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseChoiceError {
    /// Neither form is given.
    #[error(
        "there is no passphrase; say passphrase_file = \"FILE\", or passphrase_fd = N for an \
         inherited descriptor"
    )]
    Missing,
    /// Both forms are given.
    #[error("passphrase_file and passphrase_fd are both there; keep one of them")]
    Both,
}

impl PassphraseSource {
    /// The one of two settings that is given.
    ///
    /// # Errors
    ///
    /// [`PassphraseChoiceError`] where none is given, or both are.
    pub fn choose(
        file: Option<PathBuf>,
        descriptor: Option<u32>,
    ) -> Result<Self, PassphraseChoiceError> {
        match (file, descriptor) {
            (Some(file), None) => Ok(Self::File(file)),
            (None, Some(descriptor)) => Ok(Self::Descriptor(descriptor)),
            (None, None) => Err(PassphraseChoiceError::Missing),
            (Some(_), Some(_)) => Err(PassphraseChoiceError::Both),
        }
    }

    /// Reads it: everything up to one final line break.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`], naming the file or descriptor.
    pub fn read(&self) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
        match self {
            Self::File(path) => read_passphrase(path),
            // A descriptor is opened by the name that the system gives it: taking over its number
            // could not be checked.
            Self::Descriptor(number) => read_opened(Path::new(&format!("/dev/fd/{number}"))),
        }
    }
}

fn read_opened(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let failed = |source| KeyFileError::Io {
        action: "read",
        path: path.to_path_buf(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    // A pipe is between the two processes; a file may be open to others.
    if file.metadata().map_err(failed)?.is_file() {
        check_mode(path, &file, &PASSPHRASE_EXPOSURE)?;
    }
    let bytes = read_bounded(path, file, PASSPHRASE_BYTES_MAX)?;
    passphrase_in(path, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::{Write as _, pipe};
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::write_private;

    fn descriptor(file: &impl AsRawFd) -> PassphraseSource {
        PassphraseSource::Descriptor(file.as_raw_fd().unsigned_abs())
    }

    #[test]
    fn passphrase_comes_from_a_pipe_as_from_a_file() {
        let (reader, mut writer) = pipe().unwrap();
        writer.write_all(b"open sesame\n").unwrap();
        drop(writer);
        assert_eq!(*descriptor(&reader).read().unwrap(), b"open sesame");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        write_private(&path, b"open sesame\n").unwrap();
        let read = PassphraseSource::File(path.clone()).read().unwrap();
        assert_eq!(*read, b"open sesame");
        let file = File::open(&path).unwrap();
        assert_eq!(*descriptor(&file).read().unwrap(), b"open sesame");
    }

    #[test]
    fn descriptor_that_others_can_read_is_empty_too_long_or_closed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        write_private(&path, b"open sesame").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let file = File::open(&path).unwrap();
        let refused = descriptor(&file).read();
        assert!(matches!(refused, Err(KeyFileError::Exposed { .. })));

        let (reader, writer) = pipe().unwrap();
        drop(writer);
        let refused = descriptor(&reader).read();
        assert!(matches!(refused, Err(KeyFileError::EmptyPassphrase { .. })));

        let (reader, mut writer) = pipe().unwrap();
        writer.write_all(&[b'x'; PASSPHRASE_BYTES_MAX + 1]).unwrap();
        drop(writer);
        let refused = descriptor(&reader).read();
        assert!(matches!(refused, Err(KeyFileError::TooLong { .. })));

        let refused = PassphraseSource::Descriptor(u32::MAX).read();
        assert!(matches!(refused, Err(KeyFileError::Io { .. })));
    }

    #[test]
    fn one_source_is_chosen_or_the_choice_is_refused() {
        let file = || Some(PathBuf::from("passphrase"));
        let chosen = PassphraseSource::choose;
        assert!(matches!(
            chosen(file(), None),
            Ok(PassphraseSource::File(_))
        ));
        assert_eq!(chosen(None, Some(3)), Ok(PassphraseSource::Descriptor(3)));
        assert_eq!(chosen(None, None), Err(PassphraseChoiceError::Missing));
        assert_eq!(chosen(file(), Some(3)), Err(PassphraseChoiceError::Both));
    }
}
