//! What members do on the command line about who belongs, and with which keys.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use theriac_http::clock::Stopwatch;
use theriac_ledger::identifier::{AccountId, ShipmentId};
use theriac_ledger::testing::{Actor, product, run_id};
use theriac_testkit::network::Network;
use theriac_testkit::ports::free_ports;
use theriac_testkit::program;
use theriac_testkit::service::Service;
use theriac_testkit::stock::{accept, accept_signed, commission, ship, test_product};

mod operator;

use operator::{Operator, borrowed, done, refused, text};

use crate::alone;

/// What the commands of the drill of docs/runbook.md may take, of the 15 minutes that people have for it.
const DRILL: Duration = Duration::from_mins(1);

/// In which a recovery can be vetoed, unless a parameter says otherwise.
const THREE_DAYS_MS: u64 = 3 * 24 * 60 * 60 * 1000;

/// A time after the genesis from which on a stolen key's events are disputed.
const SINCE: &str = "2026-01-02T00:00:00Z";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_organisation_goes_from_nothing_to_its_first_signed_hand_over_in_five_commands() {
    let _alone = alone().await;
    let network = Network::start(71).await;
    let authorities = Operator::authorities(&network);
    let invitation = text(&network.folder().join("invitation.json"));
    // 1, by a member.
    let records = text(&network.records_file());
    let invite = ["org", "invite", "--records", &records, "--out", &invitation];
    authorities[0].reads(&invite);
    // 2, by the newcomer.
    let folder = network.folder().join("theodora");
    let applied = apply(&folder, &invitation);
    let service = &applied["services"][0];
    let field = |name: &str| service[name].as_str().expect("text").to_owned();
    let config = PathBuf::from(field("config"));
    let key_file = PathBuf::from(field("api_key_file"));
    assert_eq!(service["program"], "pharmacy");
    let early = refused(&["pharmacy", "--config", &text(&config)]);
    assert!(early.contains("is not registered for account"), "{early}");
    // 3, by each authority.
    admit(&network, &authorities, &folder.join("application.json"));
    // 4, by the newcomer.
    let mut pharmacy = Service::adopt("pharmacy", &config, &field("address"), &key_file);
    pharmacy.start().await;
    // A maker sends it something.
    let account: AccountId = serde_json::from_value(applied["account"].clone()).expect("an id");
    let maker = network.pen(Actor::Maker);
    accept(&network, &maker, product(test_product())).await;
    accept(&network, &maker, commission("T1", 10)).await;
    let shipped = maker.sign(ship(account, run_id(test_product(), "T1", 0), &[(0, 10)]));
    let height = accept_signed(&network, &shipped).await;
    pharmacy.follow(height).await;
    // 5, by the newcomer.
    let shipment = ShipmentId::of_ship(&shipped.id);
    let body = json!({ "shipment": shipment });
    pharmacy.act("first", "/api/v1/receipts", &body).await;
}

/// Applies as a pharmacy; a folder that is not empty is refused.
fn apply(folder: &Path, invitation: &str) -> Value {
    let own = text(folder);
    let listen = format!("127.0.0.1:{}", free_ports(1)[0]);
    let apply = [
        &["org", "apply", "--invitation", invitation, "--folder", &own][..],
        &["--legal-name", "Farmacia Theodora", "--roles", "pharmacy"],
        &["--gln", "9506010000005", "--country", "IT"],
        &[
            "--latitude",
            "45.44",
            "--longitude",
            "12.33",
            "--listen",
            &listen,
        ],
    ]
    .concat();
    let dry = done(&[&apply[..], &["--dry-run"]].concat());
    let words = dry["words"][0].as_str().expect("words");
    assert!(words.contains("Farmacia Theodora as pharmacy"), "{words}");
    assert!(!folder.exists(), "a dry run makes no folder");
    let applied = done(&apply);
    let written = dry["files"].as_array().expect("names of files");
    for file in written {
        let file = file.as_str().expect("a name");
        assert!(folder.join(file).exists(), "{file} was announced");
    }
    let found = folder.read_dir().expect("the new folder").count();
    assert_eq!(found, written.len());
    assert!(refused(&apply).contains("choose a new folder"));
    applied
}

/// Three authorities approve an application, after one looked at it; nobody else can.
fn admit(network: &Network, authorities: &[Operator], application: &Path) {
    let application = text(application);
    let approve = ["org", "approve", "--application", &application];
    let dry = authorities[0].signs(&[&approve[..], &["--dry-run"]].concat());
    assert_eq!(dry["signed"], json!(["propose"]));
    assert_eq!(
        (&dry["dry_run"], &dry["change"]),
        (&json!(true), &Value::Null)
    );
    let words = dry["words"][0].as_str().expect("words");
    assert!(
        words.starts_with("admit Farmacia Theodora as pharmacy"),
        "{words}"
    );
    let listed = authorities[0].reads(&["change", "list", "--all"]);
    assert_eq!(listed["changes"], json!([]));

    let outsider = Operator::new(network, "outsider", &network.consortium.key(Actor::Maker));
    let said = outsider.is_refused(&approve);
    assert!(said.contains("not_an_authority"), "{said}");
    let first = authorities[0].signs(&approve);
    assert_eq!(first["signed"], json!(["propose"]));
    assert_eq!(first["missing"]["approvals"], 1);
    assert_eq!(first["missing"]["needed"], 3);
    let again = authorities[0].signs(&approve);
    assert_eq!(
        (&again["signed"], &again["change"]),
        (&json!([]), &first["change"])
    );
    assert_eq!(authorities[1].signs(&approve)["signed"], json!(["approve"]));
    let last = authorities[2].signs(&approve);
    assert_eq!(last["signed"], json!(["approve", "enact"]));
    assert_eq!(last["missing"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_drill_of_a_stolen_key_ends_with_a_new_key_that_works_and_an_old_one_that_does_not() {
    let _alone = alone().await;
    let network = Network::start(72).await;
    let mut maker = Service::prepare(&network, "manufacturer", Actor::Maker, &[0, 1]);
    maker.start().await;
    let registered = json!({
        "gtin": test_product().to_string(), "name": "Theriaca Andromachi", "strength": "500 mg",
        "form": "tablet", "pack_size": 30, "markets": ["IT"],
    });
    let (_, height) = maker.act("product", "/api/v1/products", &registered).await;
    maker.follow(height).await;

    let thief = network.pen(Actor::Maker);
    let stolen = network.consortium.key(Actor::Maker).public_key();
    let stolen = stolen.to_string();
    let account = network.consortium.account(Actor::Maker).to_string();
    let (his, his_key) = registers_a_second_key(&network, &account);

    let watch = Stopwatch::start();
    let owner = Operator::new(&network, "owner", &network.consortium.key(Actor::Maker));
    let (key, passphrase, public) = owner.new_key("next");
    let (new_key, new_passphrase) = (text(&key), text(&passphrase));
    let files = [&*new_key, &*new_passphrase];
    let rotate = Operator::with_new(&["key", "rotate"], &account, files);
    let rotated = owner.signs(&rotate);
    assert_eq!(rotated["signed"], json!(["propose", "enact"]));
    let successor = Operator::with(&network, &owner.folder, "next.pem", "next.passphrase");
    assert_eq!(successor.revokes(&stolen)["signer"], public.as_str());
    let found = registered_with(&owner, &stolen);
    assert_eq!(found, [his_key]);
    for key in &found {
        successor.revokes(key);
    }
    assert!(maker.stop().expect("it ran").success());
    maker.set_key(&key, &passphrase);
    maker.start().await;
    let batch = json!({
        "gtin": test_product().to_string(), "lot": "N1", "expiry": "2049-12-31",
        "manufactured": "2026-01-01", "count": 10,
    });
    maker.act("batch", "/api/v1/batches", &batch).await;
    let took = watch.elapsed();
    println!("theft noticed, keys revoked, new key working: {took:?} of commands");
    assert!(took < DRILL, "the commands of the drill took {took:?}");

    let attempt = thief.sign(commission("X1", 5));
    let error = network.client(0).submit_and_wait(&attempt.bytes).await;
    let error = error.expect_err("a revoked key signs nothing");
    assert_eq!(error.problem().expect("a refusal").code, "key_not_active");
    for of_thief in [&owner, &his] {
        let said = of_thief.is_refused(&rotate);
        assert!(said.contains("key_not_active"), "{said}");
    }
}

/// A thief registers a key of his own with the stolen one of the maker; gives who signs with it, and the key.
fn registers_a_second_key(network: &Network, account: &str) -> (Operator, String) {
    let thief = Operator::new(network, "thief", &network.consortium.key(Actor::Maker));
    let (key, passphrase, public) = thief.new_key("his");
    let (key, passphrase) = (text(&key), text(&passphrase));
    let files = [&*key, &*passphrase];
    let registered = thief.signs(&Operator::with_new(&["key", "register"], account, files));
    assert_eq!(registered["signed"], json!(["propose", "enact"]));
    let his = Operator::with(network, &thief.folder, "his.pem", "his.passphrase");
    (his, public)
}

/// Keys that were registered with a key, by the list of changes; the table names that key, too.
fn registered_with(reader: &Operator, key: &str) -> Vec<String> {
    let list = ["change", "list", "--all"];
    let listed = reader.reads(&list);
    let changes = listed["changes"].as_array().expect("a list");
    let records = changes.iter().map(|answer| &answer["record"]);
    let found = records.filter(|record| {
        record["proposer_key"] == key && record["change"]["kind"] == "register_key"
    });
    let found = found.map(|record| record["change"]["key"].as_str().expect("a key").to_owned());
    let table = program::run(&[&list[..], &borrowed(&reader.read)].concat());
    let table = String::from_utf8_lossy(&table.stdout);
    assert!(table.contains(&format!("proposed with {key}")), "{table}");
    found.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_thief_was_faster_the_authorities_end_his_key_and_register_a_new_one() {
    let _alone = alone().await;
    let network = Network::start(73).await;
    let account = network.consortium.account(Actor::Pharmacy).to_string();
    let (thief, his) = takes_the_place(&network, &account);

    // The owner has no key left that signs, and asks the authorities.
    let (owner, request) = (
        network.folder().join("owner"),
        network.folder().join("request.json"),
    );
    std::fs::create_dir_all(&owner).expect("a new folder");
    let owner = Operator::with(&network, &owner, "next.pem", "next.passphrase");
    let (key, passphrase, next) = owner.new_key("next");
    let (anchor, request) = (text(&network.anchor_file()), text(&request));
    let (key, passphrase) = (text(&key), text(&passphrase));
    let ask = ["key", "request", "--trust", &anchor, "--out", &request];
    let ask = Operator::with_new(&ask, &account, [&key, &passphrase]);
    let dry = done(&[&ask[..], &["--dry-run"]].concat());
    assert!(!Path::new(&request).exists(), "a dry run writes nothing");
    let requested = done(&ask);
    assert_eq!(requested["key"], next.as_str());
    assert_eq!(dry["words"][0], requested["words"][0]);
    let authorities = Operator::authorities(&network);
    let revoke = [
        "key",
        "revoke",
        "--revoked",
        &his,
        "--compromised-since",
        SINCE,
    ];
    let register = ["change", "decide", "--file", &request];
    for command in [&revoke[..], &register[..]] {
        for authority in &authorities[..2] {
            authority.signs(command);
        }
        let last = authorities[2].signs(command);
        assert_eq!(last["signed"], json!(["approve", "enact"]));
    }
    let listed = owner.reads(&["change", "list", "--all"]);
    let all = listed["changes"].as_array().expect("a list");
    assert_eq!(all.len(), 3, "{listed}");
    assert_eq!(owner.reads(&["change", "list"])["changes"], json!([]));

    another_key_is_for(&owner, &thief, &account);
}

/// A thief puts his key in the place of the pharmacy's; gives who signs with it, and the key.
fn takes_the_place(network: &Network, account: &str) -> (Operator, String) {
    let stolen = network.consortium.key(Actor::Pharmacy);
    let thief = Operator::new(network, "thief", &stolen);
    let (key, passphrase, his) = thief.new_key("his");
    let (key, passphrase) = (text(&key), text(&passphrase));
    let rotate = Operator::with_new(&["key", "rotate"], account, [&key, &passphrase]);
    thief.signs(&rotate);
    let thief = Operator::with(network, &thief.folder, "his.pem", "his.passphrase");
    (thief, his)
}

/// The owner's new key acts for the account, and the thief's does not.
fn another_key_is_for(owner: &Operator, thief: &Operator, account: &str) {
    let (spare, passphrase, _) = owner.new_key("spare");
    let (spare, passphrase) = (text(&spare), text(&passphrase));
    let another = Operator::with_new(&["key", "register"], account, [&spare, &passphrase]);
    let said = thief.is_refused(&another);
    assert!(said.contains("key_not_active"), "{said}");
    owner.signs(&another);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_is_shown_in_words_taken_back_and_then_neither_approved_nor_enacted() {
    let _alone = alone().await;
    let network = Network::start(74).await;
    let authorities = Operator::authorities(&network);
    let suspended = network
        .consortium
        .organisation(Actor::Distributor)
        .to_string();
    let suspend = ["org", "suspend", "--organisation", &suspended];
    let proposed = authorities[1].signs(&suspend);
    let id = proposed["change"].as_str().expect("a change").to_owned();

    let shown = authorities[0].reads(&["change", "show", &id]);
    let words = shown["words"][0].as_str().expect("words");
    assert!(
        words.starts_with(&format!("suspend organisation {suspended}")),
        "{words}"
    );
    assert_eq!(
        (&shown["change"]["approvals"], &shown["change"]["needed"]),
        (&json!(1), &json!(3))
    );
    let early = authorities[1].is_refused(&["change", "enact", &id]);
    assert!(early.contains("approvals"), "{early}");
    let twice = authorities[1].is_refused(&["change", "approve", &id]);
    assert!(twice.contains("already"), "{twice}");

    let withdrawn = authorities[1].signs(&["change", "withdraw", &id]);
    assert_eq!(withdrawn["signed"], json!(["withdraw"]));
    for command in ["approve", "enact", "withdraw"] {
        let said = authorities[0].is_refused(&["change", command, &id]);
        assert!(said.contains("withdrawn"), "{command}: {said}");
    }
    let unknown = "0".repeat(64);
    let unknown = authorities[0].is_refused(&["change", "approve", &unknown]);
    assert!(unknown.contains("theriac change list"), "{unknown}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recovery_waits_three_days_and_is_over_when_an_authority_vetoes_it() {
    let _alone = alone().await;
    let network = Network::start(75).await;
    let account = network.consortium.account(Actor::Pharmacy).to_string();
    let (_, his) = takes_the_place(&network, &account);
    let recovery = network.consortium.recovery_key(Actor::Pharmacy);
    let safe = Operator::new(&network, "safe", &recovery);
    let (key, passphrase, _) = safe.new_key("next");
    let (key, passphrase) = (text(&key), text(&passphrase));
    let recover = ["key", "recover", "--old", &his];
    let recover = Operator::with_new(&recover, &account, [&key, &passphrase]);

    let proposed = safe.signs(&recover);
    assert_eq!(proposed["signed"], json!(["propose"]));
    let id = proposed["change"].as_str().expect("a change").to_owned();
    let shown = safe.reads(&["change", "show", &id]);
    let proposed_at = shown["change"]["record"]["proposed_at"].as_u64();
    let ready_at = proposed["missing"]["ready_at"].as_u64();
    assert_eq!(ready_at, proposed_at.map(|at| at + THREE_DAYS_MS));
    let again = safe.signs(&recover);
    assert_eq!(
        (&again["signed"], &again["change"]),
        (&json!([]), &json!(id))
    );
    assert_eq!(again["missing"]["ready_at"].as_u64(), ready_at);

    let authorities = Operator::authorities(&network);
    let vetoed = authorities[3].signs(&["change", "withdraw", &id]);
    assert_eq!(vetoed["signed"], json!(["withdraw"]));
    let said = safe.is_refused(&["change", "enact", &id]);
    assert!(said.contains("withdrawn"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_cannot_approve_again_is_told_what_is_missing_and_enacts_once_nothing_is() {
    let _alone = alone().await;
    let network = Network::start(76).await;
    let authorities = Operator::authorities(&network);
    let account = network.consortium.authority_account(0).to_string();
    let (key, passphrase, _) = authorities[0].new_key("second");
    let (key, passphrase) = (text(&key), text(&passphrase));
    let register = ["key", "register"];
    authorities[0].signs(&Operator::with_new(
        &register,
        &account,
        [&key, &passphrase],
    ));
    let folder = &authorities[0].folder;
    let second = Operator::with(&network, folder, "second.pem", "second.passphrase");
    let organisation = network.consortium.organisation(Actor::Distributor);
    let organisation = organisation.to_string();
    let suspend = ["org", "suspend", "--organisation", &organisation];

    let proposed = authorities[0].signs(&suspend);
    let id = proposed["change"].as_str().expect("a change").to_owned();
    let not_again = second.signs(&suspend);
    assert_eq!(not_again["signed"], json!([]));
    let reason = not_again["no_approval"].as_str().expect("why not");
    assert!(reason.contains("already"), "{reason}");
    assert_eq!(not_again["missing"]["approvals"], 1);

    let approve = ["change", "approve", &id];
    let approved = authorities[1].signs(&approve);
    assert_eq!(approved["missing"]["approvals"], 2);
    assert_eq!(authorities[2].signs(&approve)["missing"], Value::Null);
    assert_eq!(second.signs(&suspend)["signed"], json!(["enact"]));
}
