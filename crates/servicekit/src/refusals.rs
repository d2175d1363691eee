//! The matrix of refusals, generated from the description of a service: every operation, for every kind of
//! caller, with what belongs to others.
//!
//! A caller without the scope is refused before anything is read of the request, and nothing is written. A
//! caller with it who names what belongs to others gets no success and no fault of the program.

use std::collections::BTreeMap;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use theriac_http::description::operations;
use theriac_records::repository::api_keys::list_keys;
use theriac_records::repository::audit::list_audit;
use theriac_records::repository::intents::count_open;
use theriac_records::repository::users::list_users;
use theriac_records::repository::webhooks::list_webhooks;
use theriac_records::{Database, DatabaseSettings};
use utoipa::openapi::OpenApi;

use crate::desk::{PASSWORD, ROLES};
use crate::foreign::Foreign;
use crate::sample;

/// What the matrix is played against.
pub struct Played<'p> {
    /// Where the service answers.
    pub url: String,
    /// Its description.
    pub openapi: OpenApi,
    /// A key that may only read.
    pub reader_key: &'p str,
    /// A key without scopes.
    pub blind_key: &'p str,
    /// Address of its database.
    pub database: &'p str,
    /// What belongs to others.
    pub foreign: &'p Foreign,
}

impl std::fmt::Debug for Played<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Played")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Who calls.
enum Caller {
    Anonymous,
    Key(String),
    Session(String),
}

/// What an operation needs of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    Nobody,
    Anybody,
    Scope(&'static str),
}

/// Plays the whole matrix; gives how many requests it was.
///
/// # Panics
///
/// With every request that was not refused as it must be.
pub async fn check(played: &Played<'_>) -> usize {
    let client = Client::builder().no_proxy().build().unwrap();
    let callers = callers(&client, played).await;
    let all = serde_json::to_value(&played.openapi).unwrap();
    let settings = DatabaseSettings::new(played.database);
    let db = Database::open(&settings).await.unwrap();
    let (mut count, mut wrong) = (0, Vec::new());
    for (method, pattern, operation) in operations(&played.openapi) {
        let tag = operation
            .tags
            .iter()
            .flatten()
            .next()
            .map_or("", String::as_str);
        let id = operation.operation_id.as_deref().unwrap_or_default();
        let needs = needs(tag, method, id);
        for (name, caller, scopes) in &callers {
            let verdict = match needs {
                Needs::Nobody => continue,
                Needs::Anybody => !scopes.is_empty() || *name == "blind key",
                Needs::Scope(scope) => scopes.contains(&scope),
            };
            if verdict && id == "end_current_session" {
                continue;
            }
            let before = written(&db).await;
            let request = request(&client, played, &all, (method, pattern), caller);
            // A stream of news does not end by itself: its head says enough.
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            count += 1;
            let said = if status < 300 {
                Value::Null
            } else {
                response.json().await.unwrap_or_default()
            };
            let is_right = match (verdict, caller) {
                (false, Caller::Anonymous) => status == 401,
                (false, Caller::Key(_)) if *name == "unknown key" => status == 401,
                (false, Caller::Session(_)) if *name == "ended session" => status == 401,
                (false, _) => status == 403 && said["code"] == "forbidden",
                (true, _) => is_allowed_answer(method, pattern, needs, status),
            };
            let after = written(&db).await;
            let is_untouched = verdict || before == after;
            if !is_right || !is_untouched {
                wrong.push(format!(
                    "{method} {pattern} as {name}: {status} {said} (nothing written: {is_untouched})"
                ));
            }
        }
    }
    db.close().await.unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    count
}

/// What a caller with the scope may get who names what belongs to others: a list or a status, a refusal,
/// or, for a write, that it is kept for the ledger to judge.
fn is_allowed_answer(method: &str, pattern: &str, needs: Needs, status: u16) -> bool {
    let is_refused = matches!(status, 400 | 403 | 404 | 409 | 415 | 422);
    match (method, needs) {
        ("GET", _) if pattern.contains('{') => is_refused || status == 200,
        ("GET", _) => matches!(status, 200 | 503) || is_refused,
        (_, Needs::Scope("read")) => is_refused || status == 200,
        (_, Needs::Scope("write")) => is_refused || status == 202,
        // Administration makes what it is asked for: a webhook, a key.
        (_, Needs::Scope("admin")) => is_refused || matches!(status, 201 | 409),
        (_, _) => is_refused || status == 401,
    }
}

/// Operations that only ask, and need a body for it.
const QUESTIONS: [&str; 4] = [
    "create_label_sheet",
    "create_pick",
    "check_receipt",
    "create_scans",
];

/// The scope that an operation needs. An operation of a new tag has to be thought about here.
fn needs(tag: &str, method: &str, id: &str) -> Needs {
    match tag {
        "sessions" if id == "create_session" => Needs::Nobody,
        // Signed by the key of the partner that sends it: no caller of the service is needed.
        _ if id == "take_exception_message" => Needs::Nobody,
        "sessions" => Needs::Anybody,
        "users" | "api-keys" | "audit" | "webhooks" => Needs::Scope("admin"),
        "drafts" if id == "approve_draft" => Needs::Scope("approve"),
        _ if method == "GET" || QUESTIONS.contains(&id) => Needs::Scope("read"),
        _ => Needs::Scope("write"),
    }
}

async fn callers(
    client: &Client,
    played: &Played<'_>,
) -> Vec<(&'static str, Caller, &'static [&'static str])> {
    let mut callers: Vec<(&'static str, Caller, &'static [&'static str])> = vec![
        ("nobody", Caller::Anonymous, &[]),
        (
            "unknown key",
            Caller::Key(format!("thk_{}", "a".repeat(52))),
            &[],
        ),
        (
            "ended session",
            Caller::Session(ended(client, played).await),
            &[],
        ),
        ("blind key", Caller::Key(played.blind_key.to_owned()), &[]),
        (
            "reader key",
            Caller::Key(played.reader_key.to_owned()),
            &["read"],
        ),
    ];
    for (name, role) in ROLES {
        let cookie = sign_in(client, played, name).await;
        let scopes = theriac_partner::people::scopes_of(role);
        callers.push((name, Caller::Session(cookie), scopes));
    }
    callers
}

async fn sign_in(client: &Client, played: &Played<'_>, user: &str) -> String {
    let body = json!({ "user": user, "password": PASSWORD });
    let request = client.post(format!("{}/api/v1/sessions", played.url));
    let response = request.json(&body).send().await.unwrap();
    assert_eq!(response.status(), 201, "{user}");
    let set = response.headers()["set-cookie"].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

async fn ended(client: &Client, played: &Played<'_>) -> String {
    let cookie = sign_in(client, played, "viewer").await;
    let request = client.delete(format!("{}/api/v1/sessions/current", played.url));
    let response = request.header("Cookie", &cookie).send().await.unwrap();
    assert_eq!(response.status(), 204);
    cookie
}

fn request(
    client: &Client,
    played: &Played<'_>,
    all: &Value,
    (method, pattern): (&str, &str),
    caller: &Caller,
) -> RequestBuilder {
    let path = sample::path(pattern, played.foreign);
    let kind = Method::from_bytes(method.as_bytes()).unwrap();
    // Nobody signs out here, and nobody waits for a ledger that does not answer.
    let wait = if method == "POST" { "?wait_ms=0" } else { "" };
    let mut request = client.request(kind, format!("{}{path}{wait}", played.url));
    request = match caller {
        Caller::Anonymous => request,
        Caller::Key(key) => request.bearer_auth(key),
        Caller::Session(cookie) => request.header("Cookie", cookie),
    };
    request = request.header("Idempotency-Key", uuid());
    let operation = &all["paths"][pattern][method.to_lowercase()];
    let content = &operation["requestBody"]["content"];
    if let Some(schema) = content["application/json"].get("schema") {
        return request.json(&sample::body(schema, all, played.foreign));
    }
    match content.as_object().and_then(|types| types.keys().next()) {
        Some(kind) => request.header("Content-Type", kind).body("nothing"),
        None => request,
    }
}

/// A new idempotency key.
fn uuid() -> String {
    let bytes = theriac_client::Generator::system().bytes::<16>();
    format!("{:032x}", u128::from_le_bytes(bytes))
}

/// How much is in each table that a caller could write to, the audit trail apart.
async fn written(db: &Database) -> BTreeMap<&'static str, usize> {
    let open = usize::try_from(count_open(db).await.unwrap()).unwrap();
    let counts = [
        ("intents", open),
        ("users", list_users(db, None, 1_000).await.unwrap().len()),
        ("keys", list_keys(db, None, 1_000).await.unwrap().len()),
        (
            "webhooks",
            list_webhooks(db, None, 1_000).await.unwrap().len(),
        ),
    ];
    assert!(
        !list_audit(db, None, 1).await.unwrap().is_empty(),
        "sign-ins are kept"
    );
    counts.into_iter().collect()
}
