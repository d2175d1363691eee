//! The socket, as whoever asks finds it: who may have put it there, and who answers.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::Path;

use tokio::net::UnixStream;

/// Why the socket of a signer is not trusted with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SocketFault {
    /// Something else has its name.
    #[error("it is no socket")]
    NotASocket,
    /// Every user of the machine can ask.
    #[error(
        "it has mode {mode:04o}, open to every user; theriac signer makes it with mode 0600, or 0660"
    )]
    Exposed {
        /// The mode of its file.
        mode: u32,
    },
    /// It was taken over.
    #[error("user {serves} answers there, and the file is user {owner}'s")]
    Stranger {
        /// Who the file belongs to.
        owner: u32,
        /// Who answers.
        serves: u32,
    },
}

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum ConnectError {
    Io(io::Error),
    Fault(SocketFault),
}

impl From<io::Error> for ConnectError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Connects to a socket that only its owner can have made, and only its owner serves.
pub(super) async fn connect(path: &Path) -> Result<UnixStream, ConnectError> {
    let found = fs::symlink_metadata(path)?;
    if !found.file_type().is_socket() {
        return Err(ConnectError::Fault(SocketFault::NotASocket));
    }
    let mode = found.mode() & 0o7777;
    if mode & 0o007 != 0 {
        return Err(ConnectError::Fault(SocketFault::Exposed { mode }));
    }
    let stream = UnixStream::connect(path).await?;
    check_served(found.uid(), stream.peer_cred()?.uid()).map_err(ConnectError::Fault)?;
    Ok(stream)
}

fn check_served(owner: u32, serves: u32) -> Result<(), SocketFault> {
    if owner == serves {
        Ok(())
    } else {
        Err(SocketFault::Stranger { owner, serves })
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::net::UnixListener;

    use super::*;

    async fn fault(path: &Path) -> SocketFault {
        match connect(path).await {
            Err(ConnectError::Fault(fault)) => fault,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn a_socket_that_is_open_to_all_or_is_none_is_not_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signer.sock");
        assert!(matches!(connect(&path).await, Err(ConnectError::Io(_))));
        let listener = UnixListener::bind(&path).unwrap();
        for (mode, is_exposed) in [(0o600, false), (0o660, false), (0o666, true), (0o601, true)] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            if is_exposed {
                assert_eq!(fault(&path).await, SocketFault::Exposed { mode });
            } else {
                assert!(connect(&path).await.is_ok());
            }
        }
        drop(listener);
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert_eq!(fault(&file).await, SocketFault::NotASocket);
    }

    #[test]
    fn a_socket_that_another_user_serves_is_not_asked() {
        assert_eq!(check_served(7, 7), Ok(()));
        let stranger = SocketFault::Stranger {
            owner: 7,
            serves: 8,
        };
        assert_eq!(check_served(7, 8), Err(stranger));
    }
}
