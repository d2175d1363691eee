//! Codes from the maker's labels, asked about on the command line.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use theriac_ledger::identifier::Height;
use theriac_ledger::testing::Actor;
use theriac_testkit::network::{Network, PATIENCE};
use theriac_testkit::program;
use theriac_testkit::service::Service;
use theriac_testkit::stock::test_product;
use theriac_testkit::wait::eventually;

use crate::alone;

const LOT: &str = "ANSWER";
const BASE: &str = "https://id.gs1.org";

/// A maker with a batch, and a verifier that has heard of it.
struct Counter {
    _network: Network,
    maker: Service,
    verifier: Service,
    serials: Vec<String>,
}

impl Counter {
    async fn open(seed: u64) -> Self {
        let network = Network::start(seed).await;
        let mut maker = Service::prepare(&network, "manufacturer", Actor::Maker, &[0, 1]);
        let mut verifier = Service::prepare(&network, "verifier", Actor::Regulator, &[2, 3]);
        maker.start().await;
        verifier.start().await;
        let product = json!({
            "gtin": gtin(), "name": "Theriaca Andromachi", "strength": "500 mg",
            "form": "tablet", "pack_size": 30, "markets": ["IT"],
        });
        let (_, height) = maker.act("register", "/api/v1/products", &product).await;
        maker.follow(height).await;
        let batch = json!({
            "gtin": gtin(), "lot": LOT, "expiry": "2049-12-31",
            "manufactured": "2026-01-01", "count": 3,
        });
        let (_, height) = maker.act("make", "/api/v1/batches", &batch).await;
        maker.follow(height).await;
        let path = format!("/api/v1/batches/{}/{LOT}/serials", gtin());
        let listed = maker.get(&path).await.body;
        let serials = listed["serials"].as_array().expect("serials").iter();
        let serials = serials.map(|one| one["serial"].as_str().expect("a serial").to_owned());
        let counter = Self {
            serials: serials.collect(),
            _network: network,
            maker,
            verifier,
        };
        counter.reach(height).await;
        counter
    }

    /// A label as the maker's service draws it, kept where the independent reader of `cargo xtask
    /// test` finds it, with the content that a reader must see.
    async fn label(&self, name: &str, query: &str, content: &str) -> PathBuf {
        let picture = self
            .maker
            .get_bytes(&format!("/api/v1/labels?{query}"))
            .await;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("labels");
        std::fs::create_dir_all(&folder).expect("a folder of the tests' own");
        let file = folder.join(format!("{name}.png"));
        std::fs::write(&file, picture).expect("a file of the tests' own");
        std::fs::write(file.with_extension("txt"), content).expect("a file of the tests' own");
        file
    }

    /// What `theriac verify` says and exits with, for the public or for who has a key.
    fn check(&self, input: &str, key: Option<&Path>, exit: i32, code: &str) {
        let mut arguments = vec!["verify", input, "--output", "json"];
        arguments.extend(["--verifier", self.verifier.address()]);
        arguments.extend(key.iter().flat_map(|key| ["--api-key-file", path(key)]));
        let output = program::run(&arguments);
        let body: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        assert_eq!(body["answer"], code, "{input}: {body}");
        assert_eq!(output.status.code(), Some(exit), "{input}: {body}");
    }

    /// Waits until answers come from a state of this height.
    async fn reach(&self, height: Height) {
        eventually("the verifier has heard of it", PATIENCE, || async {
            let body = json!({ "code": "(01)09506000134352" });
            let answer = self.verifier.try_post("reach", "/verify", &body).await?;
            (answer.body["height"].as_u64()? >= height).then_some(())
        })
        .await;
    }

    async fn recall(&self) {
        let body = json!({
            "gtin": gtin(), "lot": LOT, "class": 1, "notice": "A foreign tablet was found.",
        });
        let (_, height) = self.maker.act("recall", "/api/v1/recalls", &body).await;
        self.reach(height).await;
    }
}

fn path(file: &Path) -> &str {
    file.to_str().expect("a path in UTF-8")
}

fn gtin() -> String {
    test_product().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_makers_labels_are_answered_on_the_command_line_with_their_exit_codes() {
    let _alone = alone().await;
    let counter = Counter::open(71).await;
    let (gtin, serial) = (gtin(), counter.serials[0].as_str());
    let pack = format!("gtin={gtin}&lot={LOT}&serial={serial}");
    let link = format!("{BASE}/01/{gtin}/10/{LOT}/21/{serial}?17=491231");
    let element_string = format!("01{gtin}1749123110{LOT}\u{1d}21{serial}");
    let qr = counter.label("pack-qr", &pack, &link).await;
    let matrix = format!("{pack}&carrier=datamatrix");
    let matrix = counter
        .label("pack-datamatrix", &matrix, &element_string)
        .await;
    let lot_link = format!("{BASE}/01/{gtin}/10/{LOT}?17=491231");
    let lot = counter
        .label("lot-qr", &format!("gtin={gtin}&lot={LOT}"), &lot_link)
        .await;

    let code = |serial: &str| format!("(01){gtin}(17)491231(10){LOT}(21){serial}");
    for input in [code(serial).as_str(), &link, path(&qr), path(&matrix)] {
        counter.check(input, None, 0, "ACTIVE");
    }
    counter.check(path(&lot), None, 0, "LOT_ACTIVE");
    counter.check("(01)09506000134359(21)1", None, 4, "UNREADABLE");
    // The public is not told which serial numbers exist; who has a key is.
    let key = counter.verifier.key_file();
    counter.check(&code("NEVERMADE"), None, 4, "NOT_CONFIRMED");
    counter.check(&code("NEVERMADE"), Some(&key), 3, "UNKNOWN_SERIAL");

    counter.recall().await;
    for input in [path(&qr), path(&lot)] {
        counter.check(input, None, 3, "RECALLED");
    }
}

#[test]
fn no_answer_and_wrong_usage_have_exit_codes_of_their_own() {
    let nobody = [
        "verify",
        "(01)09506000134352(21)1",
        "--verifier",
        "http://127.0.0.1:9",
    ];
    let output = program::run(&nobody);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("check the address"), "{said}");
    assert_eq!(program::run(&["verify"]).status.code(), Some(2));
}
