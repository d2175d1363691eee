//! A signer in a folder of its own, and what it is asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use theriac_consensus::engine::{NilOrVal, Round, VoteType};
use theriac_consensus::guard::SigningGuard;
use theriac_consensus::signing::SignRequest;
use theriac_consensus::{Address, EngineHeight, EngineVote};
use theriac_crypto::{PublicKey, Signature, SigningKey, digest};
use theriac_http::clock::{FixedClock, SharedClock};
use theriac_http::keyfile::{write_private, write_signing_key};
use theriac_http::logging::LogSettings;
use theriac_http::random::system_random;
use theriac_http::signed_request::RequestToSign;
use theriac_http::task::Supervisor;
use theriac_ledger::action::{ActionBody, AnchorDigest, AnchorKind};
use theriac_ledger::identifier::{BlockDigest, ChainId, Timestamp};
use theriac_ledger::transaction::Transaction;
use theriac_signer::server::{self, SignerStartError};
use theriac_signer::settings::{RateSettings, SignerSettings, TransactionSettings, VoteSettings};
use theriac_signer::{KeyFileSettings, RemoteSigner, Signer as _, SignerError};

const DEADLINE: Duration = Duration::from_secs(10);
pub(crate) const NOW_MS: u64 = 1_800_000_000_000;

/// A key file, its passphrase, and room for a socket and a guard.
pub(crate) struct Scene {
    folder: TempDir,
    pub(crate) key: PublicKey,
    pub(crate) chain: ChainId,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = SigningKey::from_seed(&[7; 32]);
        write_private(&folder.path().join("passphrase"), b"open sesame").unwrap();
        let file = folder.path().join("key.pem");
        write_signing_key(&file, &key, b"open sesame", &mut system_random()).unwrap();
        Self {
            folder,
            key: key.public_key(),
            chain: ChainId(digest("test", b"chain")),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.path().join("signer.sock")
    }

    /// Settings that allow nothing.
    pub(crate) fn settings(&self) -> SignerSettings {
        SignerSettings {
            chain_id: self.chain,
            socket: self.socket(),
            client_uid: None,
            key: KeyFileSettings {
                file: self.path().join("key.pem"),
                passphrase_file: Some(self.path().join("passphrase")),
                passphrase_fd: None,
            },
            votes: None,
            transactions: None,
            requests: None,
            possession: None,
            log: LogSettings::default(),
        }
    }

    /// Settings of a service's signer.
    pub(crate) fn service(&self, actions: &[&str], per_minute: u32) -> SignerSettings {
        SignerSettings {
            transactions: Some(TransactionSettings {
                actions: actions.iter().map(|&name| name.to_owned()).collect(),
                per_minute,
            }),
            requests: Some(RateSettings { per_minute }),
            possession: Some(RateSettings::default()),
            ..self.settings()
        }
    }

    /// Settings of a validator's signer, and a new guard where there is none.
    pub(crate) fn validator(&self) -> SignerSettings {
        let guard = self.path().join("signing-guard");
        if !guard.exists() {
            drop(SigningGuard::create(&guard, self.chain, self.key).unwrap());
        }
        SignerSettings {
            votes: Some(VoteSettings {
                guard,
                per_minute: 0,
            }),
            ..self.settings()
        }
    }

    /// Starts a signer and meets it.
    pub(crate) async fn start(&self, settings: SignerSettings) -> Running {
        let supervisor = self.launch(settings).await.unwrap();
        let remote = RemoteSigner::meet(&self.socket(), self.chain)
            .await
            .unwrap();
        Running {
            supervisor,
            remote,
            chain: self.chain,
        }
    }

    pub(crate) async fn launch(
        &self,
        settings: SignerSettings,
    ) -> Result<Supervisor, SignerStartError> {
        let supervisor = Supervisor::new();
        let clock: SharedClock = Arc::new(FixedClock::new(NOW_MS));
        server::start(settings, clock, &supervisor).await?;
        Ok(supervisor)
    }

    /// A transaction of the signer's key that puts a digest on record.
    pub(crate) fn note(&self, salt: u8) -> Transaction {
        let body: ActionBody = AnchorDigest {
            kind: AnchorKind::Document,
            digest: digest("test", &[salt]),
        }
        .into();
        Transaction {
            signer: self.key,
            salt: [salt; 16],
            valid_until: Timestamp(NOW_MS + 60_000),
            action: body.to_action().unwrap(),
            details: None,
        }
    }

    /// A first vote.
    pub(crate) fn prevote(&self, height: u64, round: u32, block: Option<&str>) -> SignRequest {
        let block = block.map(|word| BlockDigest(digest("test", word.as_bytes())));
        SignRequest::Vote(EngineVote {
            kind: VoteType::Prevote,
            height: EngineHeight(height),
            round: Round::new(round),
            value: block.map_or(NilOrVal::Nil, NilOrVal::Val),
            validator: Address(self.key),
        })
    }
}

/// A signer at work, met once.
pub(crate) struct Running {
    pub(crate) supervisor: Supervisor,
    pub(crate) remote: RemoteSigner,
    chain: ChainId,
}

impl Running {
    pub(crate) async fn sign(&self, transaction: Transaction) -> Result<Signature, SignerError> {
        self.remote
            .sign_transaction(&self.chain, &transaction)
            .await
    }

    pub(crate) async fn sign_request(
        &self,
        request: RequestToSign<'_>,
    ) -> Result<Signature, SignerError> {
        self.remote.sign_request(&self.chain, &request).await
    }

    pub(crate) async fn stop(self) {
        self.supervisor.stop(DEADLINE).await.unwrap();
    }
}
