//! Webhooks against a receiver that answers as it is told.

use std::time::Duration;

use serde_json::json;
use theriac_client::Generator;
use theriac_http::clock::SystemClock;
use theriac_http::problem::ProblemCode;
use theriac_http::task::Supervisor;
use theriac_partner::news::News;
use theriac_partner::webhook::{
    NewWebhook, WebhookSettings, Webhooks, WebhooksSetup, key_of, signed_digest,
};
use theriac_records::repository::deliveries::DeliveryState;
use theriac_records::repository::news::NewsKind;
use theriac_records::repository::webhooks::WebhookRecord;
use theriac_records::{Database, DatabaseSettings};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

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
    webhooks: Webhooks,
    news: News,
    arrived: mpsc::Receiver<Arrived>,
    url: String,
    supervisor: Supervisor,
    _folder: tempfile::TempDir,
}

/// A receiver that gives these statuses one after the other, then 204.
async fn world(statuses: &'static [u16], allow_internal: bool) -> World {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}/news.db?mode=rwc", folder.path().display());
    let db = Database::open(&DatabaseSettings::new(url)).await.unwrap();
    let supervisor = Supervisor::new();
    let token = supervisor.token();
    let generator = Generator::system();
    let news = News::new(db.clone(), SystemClock::shared(), generator.clone(), token);
    let setup = WebhooksSetup {
        db,
        clock: SystemClock::shared(),
        generator,
        settings: WebhookSettings {
            allow_internal,
            first_retry_ms: 20,
            attempts_max: 3,
        },
    };
    let webhooks = Webhooks::start(setup, &news, &supervisor).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, arrived) = mpsc::channel(16);
    let stop = supervisor.token();
    let receiver = async move {
        tokio::select! {
            () = stop.cancelled() => Ok(()),
            ended = receive(listener, statuses, sender) => ended,
        }
    };
    supervisor.spawn(
        "receiver",
        theriac_http::task::TaskKind::Auxiliary,
        receiver,
    );
    World {
        webhooks,
        news,
        arrived,
        url,
        supervisor,
        _folder: folder,
    }
}

async fn receive(
    listener: TcpListener,
    statuses: &'static [u16],
    sender: mpsc::Sender<Arrived>,
) -> Result<(), std::io::Error> {
    let mut statuses = statuses.iter();
    loop {
        let (mut socket, _) = listener.accept().await?;
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
        let answer =
            format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        socket.write_all(answer.as_bytes()).await?;
        let _ = sender.send(arrived).await;
    }
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

    async fn tell(&self, job: &str) {
        let document = json!({ "job": job });
        self.news
            .announce(NewsKind::JobEnded, job, document)
            .await
            .unwrap();
    }

    async fn next(&mut self) -> Arrived {
        let next = tokio::time::timeout(Duration::from_secs(20), self.arrived.recv());
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
        let limit = Duration::from_secs(20);
        tokio::time::timeout(limit, waited)
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
