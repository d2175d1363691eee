//! Webhooks against a receiver that answers as it is told.

use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivatePkcs8KeyDer;
use theriac_client::Generator;
use theriac_crypto::digest;
use theriac_http::clock::SystemClock;
use theriac_http::problem::ProblemCode;
use theriac_http::task::Supervisor;
use theriac_ledger::identifier::{AccountId, Timestamp};
use theriac_ledger::testing::Actor;
use theriac_partner::follow::open_read_model;
use theriac_partner::news::News;
use theriac_partner::webhook::{
    NewWebhook, WebhookSettings, Webhooks, WebhooksSetup, key_of, signed_digest,
};
use theriac_records::repository::captures::{
    CaptureState, ErrorBehaviour, NewCapture, mark_capture, store_capture,
};
use theriac_records::repository::deliveries::{DeliveryRecord, DeliveryState};
use theriac_records::repository::news::NewsKind;
use theriac_records::repository::webhooks::WebhookRecord;
use theriac_records::{Database, DatabaseSettings};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use crate::node_of_one::Chain;

/// How long at most something takes: less than the ten seconds that a receiver which does not answer is given.
const ARRIVES: Duration = Duration::from_secs(5);

/// A request as it arrived.
#[derive(Debug)]
struct Arrived {
    head: String,
    body: String,
}

impl Arrived {
    fn header(&self, name: &str) -> &str {
        let lines = self.head.lines();
        let mut pairs = lines.filter_map(|line| line.split_once(": "));
        let found = pairs.find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.expect("the header is there").1
    }
}

struct World {
    db: Database,
    account: AccountId,
    webhooks: Webhooks,
    news: News,
    arrived: mpsc::Receiver<Arrived>,
    url: String,
    supervisor: Supervisor,
    _folder: tempfile::TempDir,
}

/// How the receiver of a test is reached.
enum Receiver {
    Http,
    /// Over TLS with a certificate for `localhost`, which the service trusts or does not.
    Https {
        is_trusted: bool,
    },
}

/// A receiver that gives these statuses one after the other, then 204.
async fn world(statuses: &'static [u16], allow_internal: bool) -> World {
    world_with(statuses, allow_internal, Receiver::Http).await
}

async fn world_with(statuses: &'static [u16], allow_internal: bool, kind: Receiver) -> World {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/news.db?mode=rwc", folder.path().display());
    let (anchor, records, account) = {
        let chain = Chain::new(8);
        let chain = chain.lock().unwrap();
        let account = chain.consortium.account(Actor::Maker);
        (
            chain.anchor.clone(),
            chain.consortium.records.clone(),
            account,
        )
    };
    let settings = DatabaseSettings::new(url);
    let db = open_read_model(&settings, &anchor, &records).await.unwrap();
    let supervisor = Supervisor::new();
    let token = supervisor.token();
    let generator = Generator::system();
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, own.cert.pem()).unwrap();
    let is_trusted = matches!(kind, Receiver::Https { is_trusted: true });
    let news = News::new(db.clone(), SystemClock::shared(), generator.clone(), token);
    // What was before the first time is old.
    news.gather(&account).await;
    let setup = WebhooksSetup {
        db: db.clone(),
        clock: SystemClock::shared(),
        generator,
        settings: WebhookSettings {
            allow_internal,
            first_retry_ms: 20,
            attempts_max: 3,
            ca_file: is_trusted.then_some(ca_file),
        },
    };
    let webhooks = Webhooks::start(setup, &news, &supervisor).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (url, tls) = match kind {
        Receiver::Http => (format!("http://{address}/hook"), None),
        Receiver::Https { .. } => {
            let url = format!("https://localhost:{}/hook", address.port());
            (url, Some(acceptor(&own)))
        }
    };
    let (sender, arrived) = mpsc::channel(16);
    let stop = supervisor.token();
    let receiver = async move {
        tokio::select! {
            () = stop.cancelled() => Ok(()),
            ended = receive(listener, tls, statuses, sender) => ended,
        }
    };
    supervisor.spawn(
        "receiver",
        theriac_http::task::TaskKind::Auxiliary,
        receiver,
    );
    World {
        db,
        account,
        webhooks,
        news,
        arrived,
        url,
        supervisor,
        _folder: folder,
    }
}

fn acceptor(own: &rcgen::CertifiedKey) -> TlsAcceptor {
    let key = PrivatePkcs8KeyDer::from(own.key_pair.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key.into())
        .unwrap();
    Arc::new(config).into()
}

async fn receive(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    statuses: &'static [u16],
    sender: mpsc::Sender<Arrived>,
) -> Result<(), std::io::Error> {
    let mut statuses = statuses.iter();
    loop {
        let (socket, _) = listener.accept().await?;
        let answered = match &tls {
            None => answer(socket, &mut statuses).await,
            // Whoever does not trust the certificate ends the handshake.
            Some(tls) => match tls.accept(socket).await {
                Ok(socket) => answer(socket, &mut statuses).await,
                Err(_) => continue,
            },
        };
        let _ = sender.send(answered?).await;
    }
}

async fn answer(
    mut socket: impl AsyncRead + AsyncWrite + Unpin,
    statuses: &mut std::slice::Iter<'static, u16>,
) -> Result<Arrived, std::io::Error> {
    let mut read = Vec::new();
    let arrived = loop {
        let mut part = [0; 4_096];
        let count = socket.read(&mut part).await?;
        read.extend(&part[..count]);
        let text = String::from_utf8_lossy(&read).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let arrived = Arrived {
            head: head.to_owned(),
            body: body.to_owned(),
        };
        let length: usize = arrived.header("content-length").parse().unwrap();
        if body.len() >= length {
            break arrived;
        }
    };
    let status = statuses.next().copied().unwrap_or(204);
    let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    socket.write_all(answer.as_bytes()).await?;
    socket.shutdown().await?;
    Ok(arrived)
}

impl World {
    async fn hook(&self) -> WebhookRecord {
        let new = NewWebhook {
            url: &self.url,
            kinds: &[NewsKind::JobEnded],
            created_by: "user:anna",
        };
        self.webhooks.add(new).await.unwrap()
    }

    /// A document is captured, and done with.
    async fn tell(&self, job: &str) {
        let now = Timestamp(SystemClock::shared().now_ms());
        let new = NewCapture {
            id: job.to_owned(),
            caller: "user:anna".to_owned(),
            key: None,
            request: digest("test", job.as_bytes()),
            document: "{}".to_owned(),
            events: 0,
            behaviour: ErrorBehaviour::Rollback,
        };
        store_capture(&self.db, now, &new).await.unwrap();
        mark_capture(&self.db, now, job, CaptureState::Finished, &[])
            .await
            .unwrap();
        self.news.gather(&self.account).await;
    }

    async fn next(&mut self) -> Arrived {
        let next = tokio::time::timeout(ARRIVES, self.arrived.recv());
        next.await.expect("something arrives").unwrap()
    }

    /// Waits until the only delivery of a webhook stands so.
    async fn until(&self, hook: &str, state: DeliveryState) -> String {
        let waited = async {
            loop {
                let listed = self.webhooks.deliveries(hook, None, 10).await.unwrap();
                if let Some(found) = listed.iter().find(|delivery| delivery.state == state) {
                    return found.id.clone();
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(ARRIVES, waited)
            .await
            .expect("it comes to that")
    }

    async fn stop(self) {
        self.supervisor.stop(Duration::from_secs(5)).await.unwrap();
    }
}

#[tokio::test]
async fn delivery_is_signed_over_its_id_its_time_and_its_body() {
    let mut world = world(&[], true).await;
    let hook = world.hook().await;
    world.tell("import-1").await;
    let arrived = world.next().await;
    assert!(
        arrived.head.starts_with("POST /hook HTTP/1.1"),
        "{}",
        arrived.head
    );
    assert_eq!(arrived.header("theriac-attempt"), "1");
    let body: serde_json::Value = serde_json::from_str(&arrived.body).unwrap();
    assert_eq!(body["kind"], "job_ended");
    assert_eq!(body["data"]["job"], "import-1");
    let id = arrived.header("theriac-delivery");
    let time_ms: u64 = arrived.header("theriac-time").parse().unwrap();
    let signature = arrived.header("theriac-signature").parse().unwrap();
    let public = key_of(&hook).public_key();
    let digest = signed_digest(id, time_ms, &arrived.body);
    theriac_crypto::verify(&public, &digest, &signature).unwrap();
    let other = signed_digest(id, time_ms + 1, &arrived.body);
    assert!(theriac_crypto::verify(&public, &other, &signature).is_err());
    world.until(&hook.id, DeliveryState::Delivered).await;
    world.stop().await;
}

#[tokio::test]
async fn receiver_that_fails_is_tried_again_with_the_same_id() {
    let mut world = world(&[500, 302], true).await;
    let hook = world.hook().await;
    world.tell("import-1").await;
    let mut ids = Vec::new();
    for attempt in ["1", "2", "3"] {
        let arrived = world.next().await;
        assert_eq!(arrived.header("theriac-attempt"), attempt);
        ids.push(arrived.header("theriac-delivery").to_owned());
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    world.until(&hook.id, DeliveryState::Delivered).await;
    world.stop().await;
}

#[tokio::test]
async fn delivery_that_fails_too_often_is_dead_until_it_is_replayed() {
    let mut world = world(&[500, 500, 500], true).await;
    let hook = world.hook().await;
    world.tell("import-1").await;
    for _ in 0..3 {
        world.next().await;
    }
    let dead = world.until(&hook.id, DeliveryState::Dead).await;
    world.webhooks.replay(&hook.id, &dead).await.unwrap();
    let arrived = world.next().await;
    assert_eq!(arrived.header("theriac-delivery"), dead);
    assert_eq!(arrived.header("theriac-attempt"), "1");
    world.until(&hook.id, DeliveryState::Delivered).await;
    let problem = world
        .webhooks
        .replay(&hook.id, "another")
        .await
        .unwrap_err();
    assert_eq!(problem.code(), ProblemCode::NotFound);
    world.stop().await;
}

#[tokio::test]
async fn receiver_over_https_is_reached_where_its_certificate_is_trusted() {
    let kind = Receiver::Https { is_trusted: true };
    let mut world = world_with(&[], true, kind).await;
    let hook = world.hook().await;
    world.tell("import-1").await;
    assert!(world.next().await.head.starts_with("POST /hook HTTP/1.1"));
    world.until(&hook.id, DeliveryState::Delivered).await;
    world.stop().await;
}

#[tokio::test]
async fn nothing_is_sent_to_a_receiver_whose_certificate_nobody_vouches_for() {
    let kind = Receiver::Https { is_trusted: false };
    let mut world = world_with(&[], true, kind).await;
    let hook = world.hook().await;
    world.tell("import-1").await;
    world.until(&hook.id, DeliveryState::Dead).await;
    let listed = world.webhooks.deliveries(&hook.id, None, 10).await.unwrap();
    let error = listed[0].last_error.clone().unwrap();
    assert!(error.contains("certificate"), "{error}");
    assert!(world.arrived.try_recv().is_err());
    world.stop().await;
}

#[tokio::test]
async fn receiver_that_does_not_answer_keeps_no_other_waiting() {
    let mut world = world(&[], true).await;
    // It takes connections into its queue and nothing more.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", silent.local_addr().unwrap());
    let new = NewWebhook {
        url: &url,
        kinds: &[NewsKind::JobEnded],
        created_by: "user:anna",
    };
    world.webhooks.add(new).await.unwrap();
    let hook = world.hook().await;
    for number in 0..20 {
        world.tell(&format!("import-{number}")).await;
        world.next().await;
    }
    let listed = world
        .webhooks
        .deliveries(&hook.id, None, 100)
        .await
        .unwrap();
    assert_eq!(listed.len(), 20);
    let open = |delivery: &&DeliveryRecord| delivery.state != DeliveryState::Delivered;
    // The last one is noted after it has arrived.
    assert!(listed.iter().filter(open).count() <= 1, "{listed:?}");
    drop(silent);
    world.stop().await;
}

#[tokio::test]
async fn webhook_to_this_machine_is_refused_unless_it_is_allowed() {
    let world = world(&[], false).await;
    let new = NewWebhook {
        url: &world.url,
        kinds: &[],
        created_by: "user:anna",
    };
    let problem = world.webhooks.add(new).await.unwrap_err();
    let body = problem.body(None);
    let codes: Vec<_> = body
        .errors
        .iter()
        .map(|error| error.code.as_str())
        .collect();
    assert_eq!(codes, ["url_internal", "kinds_missing"]);
    world.stop().await;
}
