//! Work that is long or that waits, through a service that is killed in the middle of it. What was done is
//! counted on the chain, never in the service's own stock.

mod approval;
mod backlog;
mod batch_file;
mod capture;
mod deliveries;
mod packing;
mod rebuilding;
mod stopping;

use serde_json::{Value, json};
use theriac_ledger::action::{ActionBody, CommissionRun};
use theriac_ledger::identifier::PackKey;
use theriac_ledger::testing::{Actor, commission_run, date, product, run_id, serial};
use theriac_testkit::load::History;
use theriac_testkit::network::{Network, PATIENCE};
use theriac_testkit::oracle;
use theriac_testkit::service::{Answer, Service};
use theriac_testkit::stock::{accept, accept_signed, receive, ship, test_product};
use theriac_testkit::wait::eventually;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The one lot of a file.
const LOT: &str = "LONG";
/// Packs of a run, as many as one transaction takes.
const RUN: usize = theriac_ledger::constants::RUN_PACKS_MAX;

/// A network and its maker, whose product is registered.
async fn maker(seed: u64, prepare: impl Fn(&mut Service)) -> (Network, Service) {
    let network = Network::start(seed).await;
    let mut maker = Service::prepare(&network, "manufacturer", Actor::Maker, &[0, 1]);
    prepare(&mut maker);
    maker.start().await;
    let pen = network.pen(Actor::Maker);
    let height = accept(&network, &pen, product(test_product())).await;
    maker.follow(height).await;
    (network, maker)
}

/// A network and its pharmacy, which holds this many packs of [`LOT`].
async fn pharmacy(seed: u64, packs: u32) -> (Network, Service) {
    let network = Network::start(seed).await;
    let mut pharmacy = Service::prepare(&network, "pharmacy", Actor::Pharmacy, &[0, 1]);
    pharmacy.start().await;
    let (maker, holder) = (network.pen(Actor::Maker), network.pen(Actor::Pharmacy));
    accept(&network, &maker, product(test_product())).await;
    let run = run_id(test_product(), LOT, 0);
    let made = CommissionRun {
        expiry: date("2049-12-31"),
        ..commission_run(run, 0, packs)
    };
    accept(&network, &maker, made).await;
    let shipped = maker.sign(ship(holder.account, run, &[(0, packs)]));
    accept_signed(&network, &shipped).await;
    let height = accept(&network, &holder, receive(&shipped)).await;
    pharmacy.follow(height).await;
    (network, pharmacy)
}

/// What names one pack of [`LOT`] in a request.
fn pack(position: u32) -> Value {
    let code = format!("(01){}(10){LOT}(21){}", test_product(), serial(position));
    json!({ "codes": [code] })
}

/// Waits until the number of intents that are not settled is as wanted; gives it.
async fn open_intents(service: &Service, what: &str, is_wanted: impl Fn(u64) -> bool) -> u64 {
    eventually(what, PATIENCE, || async {
        let status = service.try_get("/api/v1/status").await?;
        let open = status.body["open_intents"].as_u64()?;
        is_wanted(open).then_some(open)
    })
    .await
}

/// Everything on the chain, in its order, once every node agrees on it and the oracle finds nothing wrong.
async fn on_chain(network: &Network) -> Vec<ActionBody> {
    let chain = oracle::check(network, &History::default()).await;
    let transactions = chain
        .blocks
        .into_iter()
        .flat_map(|block| block.transactions);
    transactions.map(|transaction| transaction.body).collect()
}

/// The runs of packs on the chain.
async fn runs_on_chain(network: &Network) -> Vec<CommissionRun> {
    let bodies = on_chain(network).await.into_iter();
    let runs = bodies.filter_map(|body| match body {
        ActionBody::CommissionRun(run) => Some(run),
        _ => None,
    });
    runs.collect()
}

/// A file of this many packs.
fn file_of(packs: u32) -> String {
    let lines = (0..packs).map(|number| format!("{}\n", serial(number)));
    std::iter::once("serial\n".to_owned())
        .chain(lines)
        .collect()
}

/// Fails unless the chain has exactly the runs of such a file, and so each of its packs once.
async fn assert_file_is_on_chain_once(network: &Network, packs: u32) {
    let gtin = test_product();
    let keys: Vec<PackKey> = (0..packs)
        .map(|number| PackKey::new(&gtin, &serial(number)))
        .collect();
    let runs = runs_on_chain(network).await;
    assert_eq!(runs.len(), keys.len().div_ceil(RUN), "transactions");
    for (number, (run, keys)) in runs.iter().zip(keys.chunks(RUN)).enumerate() {
        assert_eq!(
            (run.lot.to_string(), usize::from(run.number)),
            (LOT.to_owned(), number)
        );
        assert!(run.keys.iter().eq(keys), "packs of run {number}");
    }
}

/// Posts a file of packs: `who` is a header that signs in, `more` goes into the query.
async fn post_file(
    service: &Service,
    who: &(&str, String),
    (name, more): (&str, &str),
    file: &str,
) -> Answer {
    let path = format!(
        "/api/v1/batches/csv?gtin={}&lot={LOT}&expiry=2049-12-31&manufactured=2026-01-01{more}",
        test_product()
    );
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
    let client = client.build().expect("an HTTP client");
    let request = client.post(format!("{}{path}", service.address()));
    let request = request
        .header(who.0, &who.1)
        .header("Idempotency-Key", name)
        .header("Content-Type", "text/csv");
    let response = request.body(file.to_owned()).send().await;
    let response = response.expect("the service answers");
    Answer {
        status: response.status().as_u16(),
        body: response.json().await.expect("JSON"),
    }
}

/// The machine that has the service's API key.
fn machine(service: &Service) -> (&'static str, String) {
    let key = std::fs::read_to_string(service.key_file()).expect("the key of its user");
    ("Authorization", format!("Bearer {key}"))
}

/// Somebody who watches a job, and takes the stream up again where it broke.
struct Watcher {
    path: String,
    seen: Option<String>,
    /// What was said last.
    progress: Value,
}

impl Watcher {
    fn of(job: &Value) -> Self {
        let job = job.as_str().expect("a job");
        Self {
            path: format!("/api/v1/jobs/{job}/events"),
            seen: None,
            progress: json!({}),
        }
    }

    /// Opens the stream, reads what is new, and cuts it.
    async fn look(&mut self, service: &Service) {
        let seen = self.seen.as_deref();
        let mut events = service.follow_events(&self.path, seen).await;
        let (id, progress) =
            super::capture::next_event(&mut events, &["progress", "finished"]).await;
        let is_over = progress["state"] != "running";
        assert!(
            is_over || self.seen.as_ref() != Some(&id),
            "{id} was told before: {progress}"
        );
        for count in ["steps_final", "packs_final"] {
            let (was, is) = (self.progress[count].as_u64(), progress[count].as_u64());
            assert!(is >= was, "{count} goes back from {was:?}: {progress}");
        }
        (self.seen, self.progress) = (Some(id), progress);
    }

    /// Looks until so many steps are final, while others are not.
    async fn look_until(&mut self, service: &Service, steps: u64) {
        while self.progress["steps_final"].as_u64() < Some(steps) {
            self.look(service).await;
        }
        assert_eq!(self.progress["state"], "running", "{}", self.progress);
    }

    /// Looks until it is over; gives what was said last.
    async fn look_to_the_end(&mut self, service: &Service) -> &Value {
        while self.progress["state"]
            .as_str()
            .is_none_or(|state| state == "running")
        {
            self.look(service).await;
        }
        &self.progress
    }
}

/// A request that is on its way, so that the service can be hurt before it answers.
struct Sent {
    stream: TcpStream,
}

impl Sent {
    async fn post(
        service: &Service,
        who: &(&str, String),
        call: (&str, &str),
        body: &Value,
    ) -> Self {
        let (name, path) = call;
        let host = service.address().strip_prefix("http://").expect("HTTP");
        let body = body.to_string();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\n{}: {}\r\nIdempotency-Key: {name}\r\n\
            Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            who.0,
            who.1,
            body.len()
        );
        let mut stream = TcpStream::connect(host).await.expect("a connection");
        let request = head + &body;
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it is taken");
        Self { stream }
    }

    /// What was answered; nothing where the connection ended without an answer.
    async fn answer(mut self) -> Option<Answer> {
        let mut read = Vec::new();
        let end = tokio::time::timeout(PATIENCE, self.stream.read_to_end(&mut read)).await;
        // A service that was killed resets its connections.
        let _ = end.expect("the connection ends in time");
        let text = String::from_utf8(read).expect("an answer is text");
        let (head, body) = text.split_once("\r\n\r\n")?;
        Some(Answer {
            status: head.split(' ').nth(1)?.parse().expect("a status"),
            body: serde_json::from_str(body).expect("JSON"),
        })
    }
}
