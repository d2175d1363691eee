//! A service whose key is behind a signer.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use theriac_http::clock::FixedClock;
use theriac_http::keyfile::{write_private, write_signing_key};
use theriac_http::logging::LogSettings;
use theriac_http::random::system_random;
use theriac_http::task::Supervisor;
use theriac_ledger::identifier::ChainId;
use theriac_ledger::testing::{Actor, Consortium};
use theriac_partner::outbox::IntentStatus;
use theriac_records::repository::intents::IntentState;
use theriac_signer::settings::{RateSettings, SignerSettings, TransactionSettings};
use theriac_signer::{KeyFileSettings, RemoteSigner, server};

use crate::node_of_one::{Chain, Node, SharedChain};
use crate::outbox::{LONG, Maker, planned, register, request};

/// Longer than a signer that is away is waited for.
const PATIENCE: Duration = Duration::from_secs(15);

/// The maker's key behind a signer that allows some actions.
struct MakersSigner {
    folder: TempDir,
    chain: ChainId,
    actions: Vec<String>,
}

impl MakersSigner {
    fn new(chain: &SharedChain, actions: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        let chain = chain.lock().unwrap();
        let key = chain.consortium.key(Actor::Maker);
        write_private(&path.join("passphrase"), b"open sesame").unwrap();
        let file = path.join("key.pem");
        write_signing_key(&file, &key, b"open sesame", &mut system_random()).unwrap();
        Self {
            chain: chain.anchor.chain_id(),
            actions: actions.iter().map(|&name| name.to_owned()).collect(),
            folder,
        }
    }

    async fn start(&self) -> Supervisor {
        let supervisor = Supervisor::new();
        let path = self.folder.path();
        let settings = SignerSettings {
            chain_id: self.chain,
            socket: path.join("signer.sock"),
            client_uid: None,
            key: KeyFileSettings {
                file: path.join("key.pem"),
                passphrase_file: Some(path.join("passphrase")),
                passphrase_fd: None,
            },
            votes: None,
            transactions: Some(TransactionSettings {
                actions: self.actions.clone(),
                per_minute: 0,
            }),
            requests: Some(RateSettings::default()),
            possession: None,
            log: LogSettings::default(),
        };
        let clock = Arc::new(FixedClock::new(Consortium::START.0));
        server::start(settings, clock, &supervisor).await.unwrap();
        supervisor
    }

    async fn meet(&self) -> RemoteSigner {
        let socket = self.folder.path().join("signer.sock");
        RemoteSigner::meet(&socket, self.chain).await.unwrap()
    }
}

async fn submit(maker: &Maker, wait: Duration) -> IntentStatus {
    let plan = planned(register());
    let submitted = maker.outbox.submit("k1", request("product"), plan, wait);
    submitted.await.unwrap().remove(0)
}

#[actix_web::test]
async fn a_service_signs_through_its_signer() {
    let chain = Chain::new(5);
    let node = Node::start(&chain, "127.0.0.1:0".parse().unwrap());
    let folder = MakersSigner::new(&chain, &["register_product"]);
    let signer = folder.start().await;
    let maker = Maker::start_with(&chain, node.address, folder.meet().await).await;
    let status = submit(&maker, LONG).await;
    assert_eq!(status.state, IntentState::Final, "{status:?}");
    maker.stop().await;
    signer.stop(LONG).await.unwrap();
    node.stop().await;
}

#[actix_web::test]
async fn an_intent_is_kept_while_the_signer_is_away_and_sent_when_it_is_back() {
    let chain = Chain::new(6);
    let node = Node::start(&chain, "127.0.0.1:0".parse().unwrap());
    let folder = MakersSigner::new(&chain, &["register_product"]);
    let signer = folder.start().await;
    let maker = Maker::start_with(&chain, node.address, folder.meet().await).await;
    signer.stop(LONG).await.unwrap();
    let status = submit(&maker, PATIENCE).await;
    assert_eq!(status.state, IntentState::Pending);
    let reason = status.reason.unwrap();
    assert!(reason.contains("signer.sock is away"), "{reason}");
    assert_eq!(maker.outbox.count_open().await.unwrap(), 1);
    assert_eq!(chain.lock().unwrap().submissions, 0);

    let signer = folder.start().await;
    // The same request again waits for the same intent.
    let again = submit(&maker, LONG).await;
    assert_eq!(again.id, status.id);
    assert_eq!(again.state, IntentState::Final, "{again:?}");
    assert_eq!(chain.lock().unwrap().submissions, 1);
    maker.stop().await;
    signer.stop(LONG).await.unwrap();
    node.stop().await;
}

#[actix_web::test]
async fn what_the_signer_does_not_allow_is_refused_with_its_reason() {
    let chain = Chain::new(7);
    let node = Node::start(&chain, "127.0.0.1:0".parse().unwrap());
    let folder = MakersSigner::new(&chain, &["ship", "receive"]);
    let signer = folder.start().await;
    let maker = Maker::start_with(&chain, node.address, folder.meet().await).await;
    let status = submit(&maker, LONG).await;
    assert_eq!(status.state, IntentState::Rejected);
    let problem = status.problem.unwrap();
    assert_eq!(
        (problem.code.as_str(), problem.status),
        ("signer_refused", 422)
    );
    assert!(problem.detail.contains("register_product"), "{problem:?}");
    assert_eq!(chain.lock().unwrap().submissions, 0);
    maker.stop().await;
    signer.stop(LONG).await.unwrap();
    node.stop().await;
}
