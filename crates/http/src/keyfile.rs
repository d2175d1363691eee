//! Signing keys on disk: encrypted PKCS#8 PEM files, and the passphrases that open them.
//!
//! A passphrase is read from a credential file (systemd's `LoadCredential=`, or a file of mode
//! 0600) or from an inherited descriptor, never from the environment or the command line, where other
//! processes can see it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rand_core::CryptoRng;
use theriac_crypto::SigningKey;
use theriac_crypto::keystore::{self, DecryptError, EncryptError};
use zeroize::Zeroizing;

mod passphrase;

pub use passphrase::{PassphraseChoiceError, PassphraseSource};

/// The longest passphrase file that is read.
pub const PASSPHRASE_BYTES_MAX: usize = 1024;

/// Why a key or passphrase file was refused. Every message names the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// It cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is not a regular file.
    #[error("{} is not a regular file", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// Others than its owner can read or change it.
    #[error("{} has mode {mode:04o}; others could read or change it: run `chmod {wanted} {}`", path.display(), path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// The mode it should have.
        wanted: &'static str,
    },
    /// It is longer than any file of its kind.
    #[error("{} is longer than {limit_bytes} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit_bytes: usize,
    },
    /// The passphrase file is empty.
    #[error("{} holds no passphrase", path.display())]
    EmptyPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// The key does not open.
    #[error("cannot open the key in {}", path.display())]
    Decrypt {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: DecryptError,
    },
    /// The key cannot be encrypted.
    #[error("cannot encrypt the key for {}", path.display())]
    Encrypt {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: EncryptError,
    },
}

/// Reads a passphrase from a credential file: everything up to one final line break.
///
/// # Errors
///
/// [`KeyFileError`].
pub fn read_passphrase(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let bytes = read_private(path, PASSPHRASE_BYTES_MAX, &PASSPHRASE_EXPOSURE)?;
    passphrase_in(path, bytes)
}

/// The group may read it, because systemd's credentials show an access-control list that way.
const PASSPHRASE_EXPOSURE: Exposure = Exposure {
    forbidden_bits: 0o037,
    wanted: "600",
};

/// Everything up to one final line break.
fn passphrase_in(
    path: &Path,
    mut bytes: Zeroizing<Vec<u8>>,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    if bytes.is_empty() {
        return Err(KeyFileError::EmptyPassphrase {
            path: path.to_path_buf(),
        });
    }
    Ok(bytes)
}

/// Reads and decrypts a signing key. The file must be its owner's alone (mode 0600 or 0400).
///
/// # Errors
///
/// [`KeyFileError`].
pub fn read_signing_key(path: &Path, passphrase: &[u8]) -> Result<SigningKey, KeyFileError> {
    let exposed = Exposure {
        forbidden_bits: 0o077,
        wanted: "600",
    };
    let bytes = read_private(path, keystore::PEM_LENGTH_MAX, &exposed)?;
    let decrypt = |source| KeyFileError::Decrypt {
        path: path.to_path_buf(),
        source,
    };
    let pem = std::str::from_utf8(&bytes).map_err(|_| decrypt(DecryptError::Format))?;
    keystore::decrypt_pem(pem, passphrase).map_err(decrypt)
}

/// Encrypts a signing key into a new file of mode 0600 and makes it durable. An existing file is
/// never overwritten: a lost key cannot be made again.
///
/// # Errors
///
/// [`KeyFileError`].
pub fn write_signing_key(
    path: &Path,
    key: &SigningKey,
    passphrase: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<(), KeyFileError> {
    let pem =
        keystore::encrypt_pem(key, passphrase, rng).map_err(|source| KeyFileError::Encrypt {
            path: path.to_path_buf(),
            source,
        })?;
    write_private(path, pem.as_bytes())
}

/// Writes a new file of mode 0600 and makes it durable; also for generated passphrases.
///
/// # Errors
///
/// [`KeyFileError::Io`], also when the file exists.
pub fn write_private(path: &Path, content: &[u8]) -> Result<(), KeyFileError> {
    let failed = |action| {
        move |source| KeyFileError::Io {
            action,
            path: path.to_path_buf(),
            source,
        }
    };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed("create"))?;
    file.write_all(content).map_err(failed("write"))?;
    file.sync_all().map_err(failed("write"))?;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // The name lives in the directory: without this a power cut may lose the whole file.
    File::open(parent)
        .and_then(|directory| directory.sync_all())
        .map_err(failed("make durable"))
}

struct Exposure {
    forbidden_bits: u32,
    wanted: &'static str,
}

fn read_private(
    path: &Path,
    limit_bytes: usize,
    exposure: &Exposure,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    let failed = |source| KeyFileError::Io {
        action: "read",
        path: path.to_path_buf(),
        source,
    };
    // A named pipe would block the open; look before, then judge what was really opened.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(KeyFileError::NotAFile {
            path: path.to_path_buf(),
        });
    }
    let file = File::open(path).map_err(failed)?;
    check_mode(path, &file, exposure)?;
    read_bounded(path, file, limit_bytes)
}

fn check_mode(path: &Path, file: &File, exposure: &Exposure) -> Result<(), KeyFileError> {
    let metadata = file.metadata().map_err(|source| KeyFileError::Io {
        action: "read",
        path: path.to_path_buf(),
        source,
    })?;
    let mode = metadata.mode() & 0o7777;
    if mode & exposure.forbidden_bits != 0 {
        return Err(KeyFileError::Exposed {
            path: path.to_path_buf(),
            mode,
            wanted: exposure.wanted,
        });
    }
    Ok(())
}

fn read_bounded(
    path: &Path,
    input: impl Read,
    limit_bytes: usize,
) -> Result<Zeroizing<Vec<u8>>, KeyFileError> {
    // Full capacity at once, so that no copy is left behind by a growing buffer.
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit_bytes + 1));
    let bound = u64::try_from(limit_bytes).unwrap_or(u64::MAX);
    input
        .take(bound.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|source| KeyFileError::Io {
            action: "read",
            path: path.to_path_buf(),
            source,
        })?;
    if bytes.len() > limit_bytes {
        return Err(KeyFileError::TooLong {
            path: path.to_path_buf(),
            limit_bytes,
        });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng;
    use std::os::unix::fs::PermissionsExt;

    fn rng() -> ChaCha20Rng {
        ChaCha20Rng::seed_from_u64(1)
    }

    fn chmod(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn key_reads_back_from_a_file_of_mode_0600_that_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let key = SigningKey::from_seed(&[3; 32]);
        write_signing_key(&path, &key, b"open", &mut rng()).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let read = read_signing_key(&path, b"open").unwrap();
        assert_eq!(read.public_key(), key.public_key());
        assert!(matches!(
            write_signing_key(&path, &key, b"open", &mut rng()),
            Err(KeyFileError::Io {
                action: "create",
                ..
            })
        ));
        assert!(matches!(
            read_signing_key(&path, b"shut"),
            Err(KeyFileError::Decrypt {
                source: DecryptError::Passphrase,
                ..
            })
        ));
    }

    #[test]
    fn key_that_others_can_read_is_refused_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        write_private(&path, b"x").unwrap();
        for mode in [0o640, 0o604, 0o620] {
            chmod(&path, mode);
            let error = read_signing_key(&path, b"x").unwrap_err().to_string();
            assert!(error.contains("chmod 600"), "{error}");
        }
    }

    #[test]
    fn passphrase_ends_at_the_line_break() {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in [("a", "secret"), ("b", "secret\n"), ("c", "secret\r\n")] {
            let path = folder.path().join(name);
            write_private(&path, content.as_bytes()).unwrap();
            assert_eq!(*read_passphrase(&path).unwrap(), b"secret");
        }
    }

    #[test]
    fn passphrase_that_the_world_can_read_is_empty_or_too_long_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world");
        write_private(&path, b"secret").unwrap();
        chmod(&path, 0o644);
        assert!(matches!(
            read_passphrase(&path),
            Err(KeyFileError::Exposed { .. })
        ));
        let path = folder.path().join("empty");
        write_private(&path, b"\n").unwrap();
        assert!(matches!(
            read_passphrase(&path),
            Err(KeyFileError::EmptyPassphrase { .. })
        ));
        let path = folder.path().join("long");
        write_private(&path, &[b'x'; PASSPHRASE_BYTES_MAX + 1]).unwrap();
        assert!(matches!(
            read_passphrase(&path),
            Err(KeyFileError::TooLong { .. })
        ));
        assert!(matches!(
            read_passphrase(folder.path()),
            Err(KeyFileError::NotAFile { .. })
        ));
    }
}
