//! Where a key is, by the configuration of a node or service.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use theriac_consensus::signing::{FileKey, KeyHolder};
use theriac_crypto::{PublicKey, SigningKey};
use theriac_http::keyfile::{
    KeyFileError, PassphraseChoiceError, PassphraseSource, read_signing_key,
};
use theriac_ledger::identifier::ChainId;

use crate::port::SharedSigner;
use crate::remote::{RemoteSigner, SignerError};

/// Where a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// In a file: this process reads it.
    File {
        /// The key: encrypted PKCS#8 PEM.
        file: PathBuf,
        /// What opens it.
        passphrase: PassphraseSource,
    },
    /// Behind the socket of a signer.
    Signer(PathBuf),
}

/// Why a configuration does not say where a key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyChoiceError {
    /// Nothing is said.
    #[error(
        "there is no key; name its file and its passphrase_file, or say signer = \"SOCKET\" for a \
         key that theriac signer holds"
    )]
    Missing,
    /// Both are given.
    #[error("a key file and a signer are both there; keep one of them")]
    Both,
    /// The signer opens its key itself.
    #[error(
        "a passphrase is there, but the key is behind a signer, which opens it itself; remove it"
    )]
    NeedlessPassphrase,
    /// It is not clear where the passphrase comes from.
    #[error(transparent)]
    Passphrase(#[from] PassphraseChoiceError),
}

/// A section that names a key: in a file, or behind a signer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeySettings {
    /// The key: PKCS#8 PEM, encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The file that holds its passphrase.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passphrase_file: Option<PathBuf>,
    /// Or the number of an inherited descriptor that does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passphrase_fd: Option<u32>,
    /// Instead of all that: the socket of a signer that holds the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signer: Option<PathBuf>,
}

impl KeySettings {
    /// A key in a file, with its passphrase in another.
    pub fn in_file(file: PathBuf, passphrase_file: PathBuf) -> Self {
        Self {
            file: Some(file),
            passphrase_file: Some(passphrase_file),
            ..Self::default()
        }
    }

    /// A key behind the socket of a signer.
    pub fn behind(socket: PathBuf) -> Self {
        Self {
            signer: Some(socket),
            ..Self::default()
        }
    }

    /// Where the key is.
    ///
    /// # Errors
    ///
    /// [`KeyChoiceError`], saying what is missing or too much.
    pub fn place(&self) -> Result<KeyPlace, KeyChoiceError> {
        let has_passphrase = self.passphrase_file.is_some() || self.passphrase_fd.is_some();
        match (&self.file, &self.signer) {
            (Some(file), None) => Ok(KeyPlace::File {
                file: file.clone(),
                passphrase: PassphraseSource::choose(
                    self.passphrase_file.clone(),
                    self.passphrase_fd,
                )?,
            }),
            (None, Some(_)) if has_passphrase => Err(KeyChoiceError::NeedlessPassphrase),
            (None, Some(socket)) => Ok(KeyPlace::Signer(socket.clone())),
            (Some(_), Some(_)) => Err(KeyChoiceError::Both),
            (None, None) => Err(KeyChoiceError::Missing),
        }
    }
}

/// A section that names a key which must be in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFileSettings {
    /// The key: PKCS#8 PEM, encrypted.
    pub file: PathBuf,
    /// The file that holds its passphrase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase_file: Option<PathBuf>,
    /// Or the number of an inherited descriptor that does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passphrase_fd: Option<u32>,
}

impl KeyFileSettings {
    /// What opens the key.
    ///
    /// # Errors
    ///
    /// [`PassphraseChoiceError`] where nothing does, or two things do.
    pub fn passphrase(&self) -> Result<PassphraseSource, PassphraseChoiceError> {
        PassphraseSource::choose(self.passphrase_file.clone(), self.passphrase_fd)
    }

    /// Opens the key; takes about a second, on purpose.
    ///
    /// # Errors
    ///
    /// [`OpenKeyError`], naming the file.
    pub fn open(&self) -> Result<SigningKey, OpenKeyError> {
        let passphrase = self.passphrase().map_err(KeyChoiceError::from)?;
        Ok(open_file(&self.file, &passphrase)?)
    }
}

/// Why a key does not open.
#[derive(Debug, thiserror::Error)]
pub enum OpenKeyError {
    /// It is not clear where it is.
    #[error(transparent)]
    Choice(#[from] KeyChoiceError),
    /// Its file is refused.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// Its signer is away, or refuses.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

impl KeyPlace {
    /// Opens a key file, or meets the signer, for a chain.
    ///
    /// # Errors
    ///
    /// [`OpenKeyError`], naming the file or socket.
    pub async fn open(self, chain: ChainId) -> Result<OpenKey, OpenKeyError> {
        match self {
            Self::File { file, passphrase } => {
                // Opening a key takes about a second, on purpose.
                let work = move || open_file(&file, &passphrase);
                let opened = tokio::task::spawn_blocking(work).await;
                Ok(OpenKey::File(
                    opened.expect("opening a key does not panic")?,
                ))
            }
            Self::Signer(socket) => Ok(OpenKey::Remote(RemoteSigner::meet(&socket, chain).await?)),
        }
    }
}

fn open_file(file: &Path, passphrase: &PassphraseSource) -> Result<SigningKey, KeyFileError> {
    read_signing_key(file, &passphrase.read()?)
}

/// A key that is open: in this process, or behind a signer that answers.
#[derive(Clone, Debug)]
pub enum OpenKey {
    /// In this process.
    File(SigningKey),
    /// Behind a signer.
    Remote(RemoteSigner),
}

impl OpenKey {
    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        match self {
            Self::File(key) => key.public_key(),
            Self::Remote(signer) => signer.public_key(),
        }
    }

    /// The port for transactions and requests.
    pub fn signer(&self) -> SharedSigner {
        match self {
            Self::File(key) => key.clone().into(),
            Self::Remote(signer) => signer.clone().into(),
        }
    }

    /// The port for votes.
    pub fn holder(&self) -> Arc<dyn KeyHolder> {
        match self {
            Self::File(key) => Arc::new(FileKey::new(key.clone())),
            Self::Remote(signer) => Arc::new(signer.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(file: bool, passphrase: bool, signer: bool) -> Result<KeyPlace, KeyChoiceError> {
        let path = |given: bool| given.then(|| PathBuf::from("path"));
        let settings = KeySettings {
            file: path(file),
            passphrase_file: path(passphrase),
            passphrase_fd: None,
            signer: path(signer),
        };
        settings.place()
    }

    #[test]
    fn a_key_is_in_one_place_or_the_error_says_what_is_missing() {
        assert!(matches!(
            choice(true, true, false),
            Ok(KeyPlace::File { .. })
        ));
        assert!(matches!(
            choice(false, false, true),
            Ok(KeyPlace::Signer(_))
        ));
        let cases = [
            (choice(false, false, false), "signer = \"SOCKET\""),
            (choice(true, false, false), "passphrase_fd = N"),
            (choice(true, true, true), "keep one"),
            (choice(false, true, true), "remove it"),
        ];
        for (chosen, expected) in cases {
            let error = chosen.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
