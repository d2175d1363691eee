//! People of one organisation: what one of them makes and another approves, who hears of it, and what is kept of it.

use serde_json::{Value, json};
use theriac_crypto::{PublicKey, Signature, verify};
use theriac_partner::webhook::signed_digest;
use theriac_testkit::network::PATIENCE;
use theriac_testkit::program;
use theriac_testkit::service::Service;
use theriac_testkit::stock::test_product;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::capture::next_event;
use super::{PACKS, Partners, text};
use crate::alone;

pub(super) const PASSWORD: &str = "correct horse battery staple";

/// Makes the first administrator, as whoever sets a service up does.
pub(super) fn first_administrator(service: &Service) {
    let file = password_file(service, PASSWORD);
    let whom = [
        "--name",
        "ada",
        "--role",
        "administrator",
        "--password-file",
        &file,
    ];
    user_command(service, "create", &whom).expect("a user is made");
}

fn password_file(service: &Service, password: &str) -> String {
    let file = service.folder().join("password");
    std::fs::write(&file, password).expect("a new file");
    file.to_str().expect("a UTF-8 name").to_owned()
}

/// `theriac user`: what it says, or what it complains about.
fn user_command(service: &Service, what: &str, more: &[&str]) -> Result<String, String> {
    let arguments = [
        "--output",
        "json",
        "user",
        what,
        "--config",
        service.config(),
    ];
    let output = program::run(&[&arguments[..], more].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

/// A request as it arrived; it is answered with 204.
async fn arrived(listener: &TcpListener) -> (String, String) {
    arrived_and_told(listener, Some("204 No Content")).await
}

/// A request as it arrived; it is answered with a status, or loses its connection.
pub(super) async fn arrived_and_told(
    listener: &TcpListener,
    status: Option<&str>,
) -> (String, String) {
    let arrival = tokio::time::timeout(PATIENCE, listener.accept()).await;
    let (mut stream, _) = arrival.expect("in time").expect("a connection");
    let mut request = Vec::new();
    loop {
        request.push(stream.read_u8().await.expect("a request"));
        if request.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    let head = String::from_utf8(request).expect("a head is text");
    let length = header(&head, "content-length").parse().expect("a number");
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.expect("a body");
    if let Some(status) = status {
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        let answer = stream.write_all(answer.as_bytes()).await;
        answer.expect("an answer");
    }
    (head, String::from_utf8(body).expect("JSON is text"))
}

pub(super) fn header<'h>(head: &'h str, name: &str) -> &'h str {
    let mut pairs = head.lines().filter_map(|line| line.split_once(": "));
    let found = pairs.find(|(found, _)| found.eq_ignore_ascii_case(name));
    found.expect("the header is there").1
}

pub(super) fn check_signature(webhook: &Value, head: &str, body: &str) {
    let time = header(head, "theriac-time").parse();
    let time = time.expect("milliseconds");
    let digest = signed_digest(header(head, "theriac-delivery"), time, body);
    let key: PublicKey = text(&webhook["public_key"]).parse().expect("a key");
    let signature: Signature = header(head, "theriac-signature")
        .parse()
        .expect("a signature");
    verify(&key, &digest, &signature).expect("the webhook's own signature");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_person_makes_and_another_approves_is_done_told_and_kept() {
    let _alone = alone().await;
    let mut partners = Partners::start(91).await;
    let maker = &mut partners.maker;
    maker.stop();
    maker.set_section("approval", &json!({ "needed_for": ["batches"] }));
    maker.set_section("webhooks", &json!({ "allow_internal": true }));
    first_administrator(maker);
    maker.start().await;

    let ada = maker.sign_in("ada", PASSWORD).await;
    for (name, role) in [("bob", "operator"), ("eve", "approver")] {
        let user = json!({ "name": name, "role": role, "password": PASSWORD });
        let added = maker.post_as(&ada, name, "/api/v1/users", &user).await;
        assert_eq!(added.status, 201, "{}", added.body);
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let hook = json!({ "url": url, "kinds": ["intent_settled"] });
    let webhook = maker.post_as(&ada, "hook", "/api/v1/webhooks", &hook).await;
    assert_eq!(webhook.status, 201, "{}", webhook.body);

    let (bob, eve) = (
        maker.sign_in("bob", PASSWORD).await,
        maker.sign_in("eve", PASSWORD).await,
    );
    let batch = json!({
        "gtin": test_product().to_string(), "lot": "FOUR-EYES", "expiry": "2049-12-31",
        "manufactured": "2026-01-01", "count": 5,
    });
    let draft = maker
        .post_as(&bob, "batch", "/api/v1/batches", &batch)
        .await;
    assert_eq!(draft.status, 202, "{}", draft.body);
    let approval = format!("/api/v1/drafts/{}/approval", text(&draft.body["draft"]));
    let note = json!({ "note": "line clearance seen" });
    let own = maker.post_as(&bob, "own", &approval, &note).await;
    assert_eq!(own.status, 403, "{}", own.body);

    let mut stream = maker.follow_events("/api/v1/events", None).await;
    let approved = maker.post_as(&eve, "yes", &approval, &note).await;
    assert_eq!(approved.status, 200, "{}", approved.body);
    assert_eq!(approved.body["state"], "final", "{}", approved.body);

    // The stream tells it, and tells it again to whoever lost the connection.
    let settled = &["intent_settled"];
    let (id, told) = next_event(&mut stream, settled).await;
    drop(stream);
    let number: u64 = id.parse().expect("ids are numbers");
    let seen = (number - 1).to_string();
    let mut again = maker.follow_events("/api/v1/events", Some(&seen)).await;
    assert_eq!(next_event(&mut again, settled).await, (id, told));
    // So does the webhook, and again when it is asked to.
    let (head, body) = arrived(&listener).await;
    check_signature(&webhook.body, &head, &body);
    let said: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(said["number"], number, "{said}");
    let delivery = header(&head, "theriac-delivery");
    let hook = text(&webhook.body["id"]);
    let replay = format!("/api/v1/webhooks/{hook}/deliveries/{delivery}/replay");
    let asked = maker.post_as(&ada, "replay", &replay, &json!({})).await;
    assert!(asked.status < 300, "{}", asked.body);
    let (head, same) = arrived(&listener).await;
    assert_eq!((header(&head, "theriac-delivery"), same), (delivery, body));

    let lots = maker.get("/api/v1/stock").await.body;
    let lines = lots["stock"].as_array().expect("lines");
    let packs: u64 = lines.iter().filter_map(|line| line["packs"].as_u64()).sum();
    assert_eq!(packs, u64::from(PACKS) + 5);
    check_trail(maker, &ada).await;
    keep_out_and_let_in(maker, &bob).await;
}

/// Whoever has the configuration keeps people out while the service runs, and lets them in again.
async fn keep_out_and_let_in(maker: &Service, session: &str) {
    let listed = user_command(maker, "list", &[]).expect("a list");
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    let names = listed["users"].as_array().expect("users").iter();
    let names: Vec<_> = names.map(|user| text(&user["name"])).collect();
    assert_eq!(names, ["ada", "bob", "eve"]);

    assert_eq!(maker.get_as(session, "/api/v1/stock").await.status, 200);
    user_command(maker, "disable", &["--name", "bob"]).expect("kept out");
    assert_eq!(maker.get_as(session, "/api/v1/stock").await.status, 401);
    user_command(maker, "enable", &["--name", "bob"]).expect("let in");
    let session = maker.sign_in("bob", PASSWORD).await;

    let short = password_file(maker, "short");
    let whom = ["--name", "bob", "--password-file", &short];
    let refused = user_command(maker, "set-password", &whom).expect_err("refused");
    assert!(refused.contains("password"), "{refused}");
    assert_eq!(maker.get_as(&session, "/api/v1/stock").await.status, 200);
    let other = "staple battery horse correct";
    let file = password_file(maker, other);
    let whom = ["--name", "bob", "--password-file", &file];
    user_command(maker, "set-password", &whom).expect("a new password");
    assert_eq!(maker.get_as(&session, "/api/v1/stock").await.status, 401);
    maker.sign_in("bob", other).await;
    let unknown = user_command(maker, "disable", &["--name", "nobody"]);
    let unknown = unknown.expect_err("nobody has this name");
    assert!(unknown.contains("no user"), "{unknown}");
}

/// Who did what is kept; the trail is whole, and the database changes no row of it.
async fn check_trail(maker: &Service, ada: &str) {
    let trail = maker.get_as(ada, "/api/v1/audit").await.body;
    let rows = trail["audit"].as_array().expect("rows");
    for (who, outcome) in [
        ("user:bob", 202),
        ("user:bob", 403),
        ("user:eve", 202),
        ("user:ada", 201),
    ] {
        let is_there = |row: &Value| row["who"] == who && row["status"] == outcome;
        assert!(rows.iter().any(is_there), "{who} {outcome}: {trail:#}");
    }
    let output = program::run(&["database", "audit", "--config", maker.config()]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("whole"), "{said}");
}
