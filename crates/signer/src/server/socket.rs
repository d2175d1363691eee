//! The socket's file, and who is at its other end.

use std::fs::{self, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::process::getuid;
use tokio::net::{UnixListener, UnixStream};

use crate::wire::{Refusal, RefusalCode};

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// Somebody answers there.
    #[error("another signer answers at {}; one key has one signer", path.display())]
    InUse {
        /// The socket.
        path: PathBuf,
    },
    /// Something else has that name.
    #[error("{} is there and is no socket; it is left alone", path.display())]
    NotASocket {
        /// The file.
        path: PathBuf,
    },
    /// Whoever can write there can put another socket in its place.
    #[error(
        "the folder {} has mode {mode:04o}: every user could put another socket there; run `chmod o-w {}`",
        path.display(),
        path.display()
    )]
    OpenFolder {
        /// The folder.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The system refuses.
    #[error("cannot {action} the socket {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The socket.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// A listening socket; its file goes with it.
#[derive(Debug)]
pub(super) struct Socket {
    listener: UnixListener,
    path: PathBuf,
    file: (u64, u64),
}

impl Socket {
    /// Makes the socket with a mode. One that a signer left behind when it was killed is replaced.
    pub(super) async fn open(path: &Path, mode: u32) -> Result<Self, SocketError> {
        check_folder(path)?;
        check_free(path).await?;
        let failed = |action| {
            move |source| SocketError::Io {
                action,
                path: path.to_owned(),
                source,
            }
        };
        // It gets its name when it has its mode: before, nobody knows where it is.
        let mut hidden = path.as_os_str().to_owned();
        hidden.push(format!(".{}", std::process::id()));
        let hidden = PathBuf::from(hidden);
        // As the name holds this process's id, what has it was left by one that is gone.
        let _ = fs::remove_file(&hidden);
        let listener = UnixListener::bind(&hidden).map_err(failed("make"))?;
        let named = fs::set_permissions(&hidden, Permissions::from_mode(mode))
            .and_then(|()| fs::rename(&hidden, path));
        if named.is_err() {
            let _ = fs::remove_file(&hidden);
        }
        named.map_err(failed("name"))?;
        let file = fs::symlink_metadata(path).map_err(failed("find"))?;
        Ok(Self {
            listener,
            path: path.to_owned(),
            file: identity(&file),
        })
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> io::Result<UnixStream> {
        Ok(self.listener.accept().await?.0)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let found = fs::symlink_metadata(&self.path);
        if found.is_ok_and(|found| identity(&found) == self.file) {
            // A file that stays is replaced by the next signer.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(file: &Metadata) -> (u64, u64) {
    (file.dev(), file.ino())
}

/// Whether others could put something else in the place of the socket. In a folder with the sticky bit, as
/// `/tmp` has it, they could not.
fn check_folder(path: &Path) -> Result<(), SocketError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let found = fs::metadata(folder).map_err(|source| SocketError::Io {
        action: "find the folder of",
        path: path.to_owned(),
        source,
    })?;
    let mode = found.mode() & 0o7777;
    if mode & 0o1002 == 0o0002 {
        return Err(SocketError::OpenFolder {
            path: folder.to_owned(),
            mode,
        });
    }
    Ok(())
}

/// Whether nobody answers at the path, and nothing else is there.
async fn check_free(path: &Path) -> Result<(), SocketError> {
    let path_buf = || path.to_owned();
    let failed = |source| SocketError::Io {
        action: "look at",
        path: path.to_owned(),
        source,
    };
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
        Ok(found) if !found.file_type().is_socket() => {
            return Err(SocketError::NotASocket { path: path_buf() });
        }
        Ok(_) => {}
    }
    match UnixStream::connect(path)
        .await
        .map_err(|error| error.kind())
    {
        Err(io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound) => Ok(()),
        // Also where it has no time for another connection.
        Ok(_) | Err(io::ErrorKind::WouldBlock) => Err(SocketError::InUse { path: path_buf() }),
        Err(kind) => Err(failed(kind.into())),
    }
}

/// Which user may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Access {
    own: u32,
    allowed: u32,
}

impl Access {
    /// The user of this process, or another by number.
    pub(super) fn new(client_uid: Option<u32>) -> Self {
        let own = getuid().as_raw();
        Self {
            own,
            allowed: client_uid.unwrap_or(own),
        }
    }

    /// The mode of the socket's file: its owner's alone, unless somebody else is to ask.
    pub(super) fn mode(self) -> u32 {
        if self.own == self.allowed {
            0o600
        } else {
            0o660
        }
    }

    /// Whether the process at the other end is of that user, by the kernel's word.
    pub(super) fn check(self, stream: &UnixStream) -> Result<(), Refusal> {
        match stream.peer_cred() {
            Ok(peer) if peer.uid() == self.allowed => Ok(()),
            Ok(peer) => {
                let (uid, allowed) = (peer.uid(), self.allowed);
                let sentence = format!(
                    "user {uid} may not ask, user {allowed} may; configuration key client_uid names another"
                );
                Err(Refusal::new(RefusalCode::Caller, &sentence))
            }
            Err(error) => {
                let sentence = format!("the system does not say who asks: {error}");
                Err(Refusal::new(RefusalCode::Caller, &sentence))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_user_other_than_the_one_allowed_is_refused_by_the_kernels_word() {
        let (one, _other) = UnixStream::pair().unwrap();
        let own = getuid().as_raw();
        assert_eq!(Access::new(None).check(&one), Ok(()));
        assert_eq!(Access::new(None).mode(), 0o600);
        let stranger = Access::new(Some(own + 1));
        assert_eq!(stranger.check(&one).unwrap_err().code, RefusalCode::Caller);
        assert_eq!(stranger.mode(), 0o660);
    }

    #[tokio::test]
    async fn a_folder_in_which_everybody_writes_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signer.sock");
        let mut open = Vec::new();
        for mode in [0o777, 0o1777, 0o770] {
            fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
            match Socket::open(&path, 0o600).await {
                Err(SocketError::OpenFolder { mode, .. }) => open.push(mode),
                opened => drop(opened.unwrap()),
            }
        }
        assert_eq!(open, [0o777]);
        let nowhere = folder.path().join("missing").join("signer.sock");
        let error = Socket::open(&nowhere, 0o600).await.unwrap_err();
        assert!(error.to_string().contains("find the folder"), "{error}");
    }

    #[tokio::test]
    async fn what_is_no_socket_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signer.sock");
        fs::write(&path, "precious").unwrap();
        let refused = Socket::open(&path, 0o600).await;
        assert!(matches!(refused, Err(SocketError::NotASocket { .. })));
        assert_eq!(fs::read(&path).unwrap(), b"precious");
    }
}
