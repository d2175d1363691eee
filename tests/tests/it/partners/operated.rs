//! What a running service tells those who operate it, and what it keeps to itself.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use theriac_ledger::testing::Actor;
use theriac_testkit::network::{Network, PATIENCE};
use theriac_testkit::ports::free_ports;
use theriac_testkit::program::{self, Program};
use theriac_testkit::service::Service;
use theriac_testkit::stock::test_product;
use theriac_testkit::wait::{eventually, eventually_blocking};

use super::caller::Caller;
use super::{Partners, text};
use crate::alone;

/// Time in which a program finds out that it may not run.
const REFUSAL: Duration = Duration::from_mins(1);
/// Programs that start at once on a new database, again and again.
const RACES: usize = 2;

fn product() -> Value {
    json!({
        "gtin": test_product().to_string(), "name": "Theriaca Andromachi", "strength": "500 mg",
        "form": "tablet", "pack_size": 30, "markets": ["IT"],
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_running_service_counts_by_route_explains_itself_and_logs_in_lines_of_json() {
    let _alone = alone().await;
    let partners = Partners::start_with(151, |service| {
        let log = json!({ "filter": "info", "format": "json" });
        service.set_section("log", &log);
    })
    .await;
    count_by_route(&partners).await;
    explain(&partners.maker).await;
    trace(&partners).await;
}

/// Requests are counted by the route's pattern: what callers write into an address is no label.
async fn count_by_route(partners: &Partners) {
    let maker = Caller::with_own_key(&partners.maker);
    for case in &partners.cases {
        let found = maker.get(&format!("/api/v1/units/{case}")).await;
        assert_eq!(found.status, 200, "{}", found.text);
    }
    maker
        .get("/nowhere/at/all")
        .await
        .assert_refused(404, "not_found");
    let metrics = maker.get("/metrics").await;
    assert!(metrics.header("content-type").starts_with("text/plain"));
    let counted = |route: &str, status: u16| {
        let label = format!("route=\"{route}\",status=\"{status}\"");
        let line = metrics
            .text
            .lines()
            .find(|line| line.starts_with("http_requests_total{") && line.contains(&label));
        let count = line.and_then(|line| line.rsplit(' ').next()?.parse::<usize>().ok());
        count.unwrap_or_default()
    };
    assert_eq!(counted("/api/v1/units/{sscc}", 200), partners.cases.len());
    assert_eq!(counted("unmatched", 404), 1, "{}", metrics.text);
    assert!(counted("/api/v1/batches", 200) >= 1, "{}", metrics.text);
    for told in [
        "nowhere",
        partners.cases[0].as_str(),
        partners.serials[0].as_str(),
    ] {
        assert!(!metrics.text.contains(told), "{told}: {}", metrics.text);
    }
}

/// The interface is described where it runs, and each code of a problem has a page of its own.
async fn explain(maker: &Service) {
    let anybody = Caller::nobody(maker, std::net::Ipv4Addr::LOCALHOST);
    let docs = anybody.get("/docs").await;
    assert_eq!(docs.status, 200, "{}", docs.text);
    assert!(docs.text.contains("swagger"), "{}", docs.text);
    let described = anybody.get("/api/openapi.json").await.json();
    assert!(
        described["paths"]["/api/v1/units/{sscc}"].is_object(),
        "{described}"
    );

    let refused = anybody.get("/api/v1/stock").await;
    refused.assert_refused(401, "credentials_missing");
    let page = anybody.get(&text(&refused.json()["type"])).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.text.contains("credentials_missing"), "{}", page.text);
    let all = anybody.get("/problems").await;
    // Codes of requests, of the ledger's rules, and of single rows.
    for code in ["credentials_missing", "pack_not_held", "serial_taken"] {
        assert!(all.text.contains(code), "{code}");
        assert_eq!(
            anybody.get(&format!("/problems/{code}")).await.status,
            200,
            "{code}"
        );
    }
    anybody
        .get("/problems/nothing")
        .await
        .assert_refused(404, "not_found");
}

/// From a request's id the log leads to the transaction that came of it.
async fn trace(partners: &Partners) {
    let maker = &partners.maker;
    let caller = Caller::with_own_key(maker);
    let batch = json!({
        "gtin": test_product().to_string(), "lot": "TRACED", "expiry": "2049-12-31",
        "manufactured": "2026-01-01", "count": 1,
    });
    let key = ("Idempotency-Key", "traced");
    let made = caller.post_with(key, "/api/v1/batches", &batch).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let request = made.header("x-request-id").to_owned();
    let transaction = text(&made.json()["transactions"][0]["id"]);
    let log = maker.folder().join("log");
    let found = eventually("the log names both", PATIENCE, || async {
        let lines = lines(&log).into_iter();
        let mut both = lines.filter(|line| {
            let line = line.to_string();
            line.contains(&request) && line.contains(&transaction)
        });
        both.next()
    })
    .await;
    assert!(
        found["message"].is_string() && found["timestamp"].is_string(),
        "{found}"
    );
    let all = std::fs::read_to_string(&log).expect("a log");
    for secret in [partners.serials[0].as_str(), "Bearer", "BEGIN"] {
        assert!(!all.contains(secret), "{secret} is in the log");
    }
}

/// The lines of a log after the one that tells a person where the service listens.
fn lines(log: &Path) -> Vec<Value> {
    let all = std::fs::read_to_string(log).expect("a log");
    // The last line may be half written.
    let whole = all.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let lines = whole
        .lines()
        .filter(|line| !line.starts_with("listening http://"));
    let parsed =
        lines.map(|line| serde_json::from_str(line).map_err(|error| format!("{error}: {line}")));
    parsed.collect::<Result<_, _>>().expect("each line is JSON")
}

#[test]
fn a_printed_configuration_shows_no_secret() {
    let network = Network::found(152);
    let mut maker = Service::prepare(&network, "manufacturer", Actor::Maker, &[0]);
    let passphrase = std::fs::read_to_string(maker.folder().join("passphrase"));
    let passphrase = passphrase.expect("the passphrase of its key");
    maker.set_database("postgres://theriac:orvietan-secret@db.example/theriac");
    let output = program::run(&["manufacturer", "--print-config", "--config", maker.config()]);
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).expect("text");
    assert!(output.status.success(), "{said}");
    for secret in ["orvietan-secret", "db.example", passphrase.trim()] {
        assert!(!said.contains(secret), "{secret}: {said}");
    }
    assert!(said.contains("url = \"********\""), "{said}");
    // What is no secret is shown, and where the secrets are.
    let account = network.consortium.account(Actor::Maker).to_string();
    assert!(
        said.contains(&account) && said.contains("passphrase_file"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_programs_that_start_at_once_on_a_new_database_one_runs_and_the_other_says_why_not()
{
    let _alone = alone().await;
    let network = Network::start(153).await;
    let first = Service::prepare(&network, "manufacturer", Actor::Maker, &[0, 1]);
    for race in 0..RACES {
        let url = format!(
            "sqlite://{}?mode=rwc",
            first.folder().join(format!("race-{race}.db")).display()
        );
        race_once(&first, &url, race == 0).await;
    }
    let url = theriac_postgres::fresh_database().expect("PostgreSQL starts");
    race_once(&first, &url, false).await;
}

/// A contestant: the configuration of a service with a port of its own.
struct Contestant {
    service: Service,
    program: Program,
}

impl Contestant {
    fn start(of: &Service, name: &str, url: &str) -> Self {
        let port = free_ports(1)[0];
        let (_, own) = of
            .address()
            .rsplit_once(':')
            .expect("an address with a port");
        let config = std::fs::read_to_string(of.config()).expect("its configuration");
        let config = config.replace(&format!(":{own}\""), &format!(":{port}\""));
        let file = of.folder().join(format!("{name}.toml"));
        std::fs::write(&file, config).expect("a file in its folder");
        let address = format!("http://127.0.0.1:{port}");
        let mut service = Service::adopt("manufacturer", &file, &address, &of.key_file());
        service.set_database(url);
        let log = of.folder().join(format!("{name}-{port}.log"));
        let arguments = ["manufacturer", "--config", service.config()];
        let program = Program::start(name, &arguments, &log);
        Self { service, program }
    }

    async fn is_ready(&self) -> bool {
        let answer = self.service.try_get("/readyz").await;
        answer.is_some_and(|answer| answer.status == 200)
    }
}

/// Both begin with the same configuration but for the port, for which they would fight first.
async fn race_once(of: &Service, url: &str, is_first: bool) {
    let mut left = Contestant::start(of, "left", url);
    let mut right = Contestant::start(of, "right", url);
    let ended = eventually_blocking("one of them gives up", REFUSAL, || {
        let left = left.program.ended().map(|status| (true, status));
        left.or_else(|| right.program.ended().map(|status| (false, status)))
    });
    let (mut winner, loser) = if ended.0 {
        (right, left)
    } else {
        (left, right)
    };
    let said = loser.program.printed();
    assert!(!ended.1.success(), "{said}");
    assert!(
        said.contains("another program uses this database"),
        "{said}"
    );
    eventually("the other one is ready", PATIENCE, || async {
        winner.is_ready().await.then_some(())
    })
    .await;
    winner.program.assert_running();
    if is_first {
        let (_, height) = winner
            .service
            .act("register", "/api/v1/products", &product())
            .await;
        winner.service.follow(height).await;
    }
    assert!(
        winner.program.stop().success(),
        "{}",
        winner.program.printed()
    );
    // The schema is whole: who was refused takes the database over, and a doctor finds nothing.
    let mut heir = loser.service;
    heir.start().await;
    eventually("the product is known", PATIENCE, || async {
        let listed = heir.try_get("/api/v1/products").await?;
        (listed.body["products"].as_array()?.len() == 1).then_some(())
    })
    .await;
    let doctor = program::run(&["doctor", "--config", heir.config(), "--output", "json"]);
    let said = String::from_utf8_lossy(&doctor.stdout);
    assert!(doctor.status.success(), "{said}");
}
