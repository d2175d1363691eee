//! Deliveries of webhooks that are under way when the service is killed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use theriac_testkit::network::PATIENCE;
use theriac_testkit::service::Service;
use theriac_testkit::wait::eventually;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::super::staff::{PASSWORD, first_administrator, header};
use super::super::text;
use super::{open_intents, pack, pharmacy};
use crate::alone;

const PACKS: u32 = 24;

/// A delivery that has arrived and is not answered.
struct Arrived {
    stream: TcpStream,
    id: String,
    body: String,
}

impl Arrived {
    /// The next one whose sender did not end meanwhile.
    async fn next(listener: &TcpListener) -> Self {
        loop {
            let accepted = tokio::time::timeout(PATIENCE, listener.accept()).await;
            let (stream, _) = accepted.expect("a delivery in time").expect("a connection");
            if let Some(arrived) = Self::read(stream).await {
                return arrived;
            }
        }
    }

    async fn read(mut stream: TcpStream) -> Option<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).expect("a head is text");
        let length = header(&head, "content-length").parse().expect("a number");
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        Some(Self {
            stream,
            id: header(&head, "theriac-delivery").to_owned(),
            body: String::from_utf8(body).expect("JSON is text"),
        })
    }

    /// Takes it: its sender need not send it again.
    async fn take(mut self, taken: &mut BTreeMap<String, String>) {
        let answer = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n";
        // A sender that was killed has no ear for it, and what it sent counts all the same.
        let _ = self.stream.write_all(answer).await;
        let before = taken.insert(self.id, self.body.clone());
        assert!(before.is_none_or(|body| body == self.body), "{}", self.body);
    }
}

/// Has a webhook told of settled intents; gives its id and the session of who made it.
async fn webhook(pharmacy: &mut Service, listener: &TcpListener) -> (String, String) {
    pharmacy.stop();
    pharmacy.set_section("webhooks", &json!({ "allow_internal": true }));
    first_administrator(pharmacy);
    pharmacy.start().await;
    let ada = pharmacy.sign_in("ada", PASSWORD).await;
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let hook = json!({ "url": url, "kinds": ["intent_settled"] });
    let made = pharmacy
        .post_as(&ada, "hook", "/api/v1/webhooks", &hook)
        .await;
    assert_eq!(made.status, 201, "{}", made.body);
    (text(&made.body["id"]), ada)
}

/// What the service says of its deliveries, once it holds each for delivered.
async fn delivered(pharmacy: &Service, hook: &str, ada: &str) -> BTreeMap<String, String> {
    let path = format!("/api/v1/webhooks/{hook}/deliveries?limit=100");
    let listed = eventually("every delivery is taken", PATIENCE, || async {
        let listed = pharmacy.get_as(ada, &path).await.body;
        let deliveries = listed["deliveries"].as_array()?.clone();
        let is_done = |one: &Value| one["state"] == "delivered";
        deliveries.iter().all(is_done).then_some(deliveries)
    })
    .await;
    let pair = |one: &Value| (text(&one["id"]), text(&one["body"]));
    listed.iter().map(pair).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_delivery_arrives_though_the_service_is_killed_while_they_are_under_way() {
    let _alone = alone().await;
    let (_network, mut pharmacy) = pharmacy(178, PACKS).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let (hook, ada) = webhook(&mut pharmacy, &listener).await;
    let mut intents = BTreeSet::new();
    for position in 0..PACKS {
        let name = format!("dispense-{position}");
        let path = "/api/v1/dispensings?wait_ms=0";
        let kept = pharmacy.post(&name, path, &pack(position)).await;
        assert_eq!(kept.status, 202, "{}", kept.body);
        intents.insert(text(&kept.body["intent"]));
    }

    // Killed before the first is answered.
    let unanswered = Arrived::next(&listener).await;
    pharmacy.kill();
    pharmacy.start().await;
    let mut taken = BTreeMap::new();
    unanswered.take(&mut taken).await;
    // Killed when some were taken, and it may not have noted it of the last.
    for part in [PACKS / 4, PACKS / 2] {
        let part = usize::try_from(part).expect("a small number");
        while taken.len() < part {
            Arrived::next(&listener).await.take(&mut taken).await;
        }
        pharmacy.kill();
        pharmacy.start().await;
    }
    while taken.len() < intents.len() {
        Arrived::next(&listener).await.take(&mut taken).await;
    }
    open_intents(&pharmacy, "every intent is settled", |open| open == 0).await;
    let told = tokio::select! {
        told = delivered(&pharmacy, &hook, &ada) => told,
        // What arrived and was not noted comes once more.
        () = async { loop { Arrived::next(&listener).await.take(&mut BTreeMap::new()).await } } => unreachable!(),
    };
    assert_eq!(taken, told);
    let of: Vec<String> = told.values().map(|body| intent_of(body)).collect();
    assert_eq!(of.len(), intents.len(), "one delivery an intent");
    assert_eq!(of.into_iter().collect::<BTreeSet<_>>(), intents);
}

/// The intent of which a delivery tells.
fn intent_of(body: &str) -> String {
    let body: Value = serde_json::from_str(body).expect("JSON");
    text(&body["data"]["intent"])
}
