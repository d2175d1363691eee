//! Every kind of answer, from a running verifier, checked by whoever receives it: on the command
//! line without a server, by a second program in another language, and in a browser.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use theriac_client::wire::HeaderAnswer;
use theriac_ledger::identifier::Height;
use theriac_ledger::testing::Actor;
use theriac_testkit::fake_clock::FakeClock;
use theriac_testkit::network::{Network, PATIENCE};
use theriac_testkit::program;
use theriac_testkit::service::Service;
use theriac_testkit::stock::test_product;
use theriac_testkit::wait::eventually;

use crate::alone;

/// Days that pass between the making of the packs and the questions about them.
const DAYS: u32 = 3;
const GOOD: &str = "GOOD";
const RECALLED: &str = "BAD";
const OLD: &str = "OLD";
const LATE: &str = "2049-12-31";

/// A code, and what is to be answered to whoever has a key.
struct Case {
    name: &'static str,
    code: String,
    answer: &'static str,
    exit: i32,
}

/// A maker, a pharmacy and a verifier, and packs in every state.
struct Shelf {
    network: Network,
    verifier: Service,
    clock: FakeClock,
    good: Vec<String>,
    recalled: Vec<String>,
    old: Vec<String>,
    old_expiry: String,
}

impl Shelf {
    async fn stock(seed: u64) -> Self {
        let clock = FakeClock::days_ago(DAYS);
        let network = Network::start(seed).await;
        let mut maker = Service::prepare(&network, "manufacturer", Actor::Maker, &[0, 1]);
        let mut pharmacy = Service::prepare(&network, "pharmacy", Actor::Pharmacy, &[1, 2]);
        let mut verifier = Service::prepare(&network, "verifier", Actor::Regulator, &[2, 3]);
        for service in [&mut maker, &mut pharmacy, &mut verifier] {
            service.start().await;
        }
        let product = json!({
            "gtin": gtin(), "name": "Theriaca Andromachi", "strength": "500 mg",
            "form": "tablet", "pack_size": 30, "markets": ["IT"],
        });
        let (_, height) = maker.act("register", "/api/v1/products", &product).await;
        maker.follow(height).await;
        let old_expiry = yesterday(&network).await;
        let good = make(&maker, GOOD, LATE).await;
        let recalled = make(&maker, RECALLED, LATE).await;
        let old = make(&maker, OLD, &old_expiry).await;
        let height = supply(&network, &maker, &pharmacy, &good).await;
        let shelf = Self {
            network,
            verifier,
            clock,
            good,
            recalled,
            old,
            old_expiry,
        };
        shelf.reach(height).await;
        shelf
    }

    /// Waits until answers come from a state of this height.
    async fn reach(&self, height: Height) {
        eventually("the verifier has heard of it", PATIENCE, || async {
            (self.height().await? >= height).then_some(())
        })
        .await;
    }

    async fn height(&self) -> Option<Height> {
        let body = json!({ "code": "(01)09506000134352" });
        let answer = self.verifier.try_post("reach", "/verify", &body).await?;
        answer.body["height"].as_u64()
    }

    /// Lets the days pass, and waits for a block of today.
    async fn let_days_pass(&self) {
        self.clock.set_to_now();
        let before = latest(&self.network).await.header.time;
        eventually("a block of today is final", PATIENCE, || async {
            let found = latest(&self.network).await.header;
            let days = found.time.days_since_epoch() - before.days_since_epoch();
            (days > 0).then_some(found.height)
        })
        .await;
        let height = latest(&self.network).await.header.height;
        self.reach(height).await;
    }

    fn cases(&self) -> Vec<Case> {
        let case = |name, code, answer, exit| Case {
            name,
            code,
            answer,
            exit,
        };
        let good = |number: usize| pack(GOOD, LATE, &self.good[number]);
        let first = self.good[0].as_str();
        let other_month = pack(GOOD, "2049-11-30", first);
        let nobodys = theriac_ledger::testing::gtin("9506000", 999).to_string();
        let of_nobody = good(0).replace(&gtin(), &nobodys);
        vec![
            case("active", good(0), "ACTIVE", 0),
            case("dispensed", good(1), "ALREADY_DISPENSED", 3),
            case("locked", good(2), "LOCKED", 3),
            case(
                "recalled",
                pack(RECALLED, LATE, &self.recalled[0]),
                "RECALLED",
                3,
            ),
            case(
                "expired",
                pack(OLD, &self.old_expiry, &self.old[0]),
                "EXPIRED",
                3,
            ),
            case("wrong-lot", pack(OLD, LATE, first), "LOT_MISMATCH", 4),
            case("expiry-of-another-month", other_month, "EXPIRY_MISMATCH", 4),
            case(
                "unknown-serial",
                pack(GOOD, LATE, "NEVERMADE"),
                "UNKNOWN_SERIAL",
                3,
            ),
            case(
                "unknown-lot",
                pack("NONE", LATE, "NEVERMADE"),
                "UNKNOWN_LOT",
                4,
            ),
            case("unknown-product", of_nobody, "UNKNOWN_PRODUCT", 4),
            case("lot", format!("(01){}(10){GOOD}", gtin()), "LOT_ACTIVE", 0),
        ]
    }
}

fn gtin() -> String {
    test_product().to_string()
}

fn pack(lot: &str, expiry: &str, serial: &str) -> String {
    let expiry = expiry[2..].replace('-', "");
    format!("(01){}(17){expiry}(10){lot}(21){serial}", gtin())
}

async fn latest(network: &Network) -> HeaderAnswer {
    network.client(0).header(None).await.expect("a header")
}

/// The day before the true one, which is yet to come for programs that are some days behind.
async fn yesterday(network: &Network) -> String {
    let there = latest(network).await.header.time;
    let day = u64::from(DAYS - 1) * 24 * 60 * 60 * 1_000;
    there.saturating_add(day).to_string()[..10].to_owned()
}

/// Makes a batch of four packs; their serial numbers.
async fn make(maker: &Service, lot: &str, expiry: &str) -> Vec<String> {
    let batch = json!({
        "gtin": gtin(), "lot": lot, "expiry": expiry, "manufactured": "2026-01-01", "count": 4,
    });
    let name = format!("make-{lot}");
    let (_, height) = maker.act(&name, "/api/v1/batches", &batch).await;
    maker.follow(height).await;
    let path = format!("/api/v1/batches/{}/{lot}/serials", gtin());
    let listed = maker.get(&path).await.body;
    let serials = listed["serials"].as_array().expect("serials").iter();
    let serials = serials.map(|one| one["serial"].as_str().expect("a serial").to_owned());
    serials.collect()
}

/// Brings two packs to the pharmacy, which dispenses one and locks the other; recalls a batch.
async fn supply(
    network: &Network,
    maker: &Service,
    pharmacy: &Service,
    serials: &[String],
) -> Height {
    let code = |number: usize| pack(GOOD, LATE, &serials[number]);
    let to = network.consortium.account(Actor::Pharmacy).to_string();
    let shipment = json!({ "to": to, "purpose": "supply", "codes": [code(1), code(2)] });
    let (shipped, height) = maker.act("ship", "/api/v1/shipments", &shipment).await;
    pharmacy.follow(height).await;
    let receipt = json!({ "shipment": shipped["shipment"] });
    let (_, height) = pharmacy.act("receive", "/api/v1/receipts", &receipt).await;
    pharmacy.follow(height).await;
    let dispensed = json!({ "codes": [code(1)] });
    pharmacy
        .act("dispense", "/api/v1/dispensings", &dispensed)
        .await;
    let locked = json!({ "codes": [code(2)], "reason": "suspect" });
    pharmacy.act("lock", "/api/v1/locks", &locked).await;
    let recall = json!({
        "gtin": gtin(), "lot": RECALLED, "class": 1, "notice": "A foreign tablet was found.",
    });
    maker.act("recall", "/api/v1/recalls", &recall).await.1
}

/// Runs `theriac verify`; the answer, and what it exits with.
fn verify(arguments: &[&str]) -> (Value, Option<i32>) {
    let output = program::run(&[&["verify", "--output", "json"], arguments].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    assert!(answer.is_object(), "{said}");
    (answer, output.status.code())
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

fn write(file: &Path, value: &Value) {
    std::fs::write(file, value.to_string()).expect("a file of the test's own");
}

/// An empty folder for evidence, with the genesis in it.
fn folder(network: &Network) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("evidence");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder of the test's own");
    write(&folder.join("genesis.json"), &json!(network.anchor));
    folder
}

/// Asks with a key, keeps the evidence, and checks it without a server.
fn ask_and_check(shelf: &Shelf, case: &Case, folder: &Path) -> Value {
    let bundle = folder.join(format!("bundle-{}.json", case.name));
    let key = shelf.verifier.key_file();
    let trust = folder.join("genesis.json");
    let (online, exit) = verify(&[
        &case.code,
        "--verifier",
        shelf.verifier.address(),
        "--api-key-file",
        text(&key),
        "--bundle",
        text(&bundle),
    ]);
    assert_eq!(online["answer"], case.answer, "{}: {online}", case.name);
    assert_eq!(exit, Some(case.exit), "{}: {online}", case.name);
    let offline = ["--offline", text(&bundle), "--trust", text(&trust)];
    for asked in [
        &offline[..],
        &[&[case.code.as_str()], &offline[..]].concat(),
    ] {
        let (answer, exit) = verify(asked);
        assert_eq!(answer["failed"], Value::Null, "{}: {answer}", case.name);
        assert_eq!(answer["verdict"], online["verdict"], "{}", case.name);
        assert_eq!(answer["answer"], case.answer, "{}", case.name);
        assert_eq!(exit, Some(case.exit), "{}", case.name);
    }
    let other = [
        "(01)09506000134352(10)ANOTHER",
        offline[0],
        offline[1],
        offline[2],
        offline[3],
    ];
    let (answer, exit) = verify(&other);
    assert_eq!(answer["answer"], "EVIDENCE_INVALID", "{answer}");
    assert_eq!(exit, Some(3), "{answer}");
    write(
        &folder.join(format!("verdict-{}.json", case.name)),
        &online["verdict"],
    );
    json!({
        "name": case.name, "code": case.code, "answer": case.answer, "verdict": online["verdict"],
    })
}

/// Runs another program of the tests and shows what it says when it fails.
fn run(command: &mut Command) {
    let output = command
        .output()
        .expect("a program that the tests need starts");
    assert!(
        output.status.success(),
        "{command:?}\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_is_the_same_online_offline_in_another_language_and_in_a_browser() {
    let _alone = alone().await;
    let shelf = Shelf::stock(91).await;
    shelf.let_days_pass().await;
    let folder = folder(&shelf.network);
    let cases: Vec<Value> = shelf
        .cases()
        .iter()
        .map(|case| ask_and_check(&shelf, case, &folder))
        .collect();
    let list = Path::new(env!("CARGO_TARGET_TMPDIR")).join("evidence-cases.json");
    write(&list, &json!(cases));
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    run(Command::new("python3")
        .arg(tests.join("interop/check_evidence.py"))
        .arg(&folder));
    let key = std::fs::read_to_string(shelf.verifier.key_file()).expect("a key of the test's own");
    run(Command::new("node")
        .arg(tests.join("browser/evidence.mjs"))
        .args(["--verifier", shelf.verifier.address()])
        .args(["--key", key.trim()])
        .arg("--cases")
        .arg(&list));
}
