//! The matrix of refusals, generated from the description of a service: every operation, for every kind of
//! caller, with what belongs to others.
//!
//! A caller without the scope is refused before anything is read of the request, and nothing is written. A
//! caller with it who names what belongs to others gets no success and no fault of the program.

use std::collections::BTreeMap;

use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use theriac_http::description::operations;
use theriac_partner::people::scopes_of;
use theriac_records::repository::inspection::read_own;
use theriac_records::repository::users::Role;
use theriac_records::{Database, DatabaseSettings};
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, RefOr};

use crate::desk::{PASSWORD, PIN, ROLES};
use crate::foreign::Foreign;
use crate::own::Own;
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
    /// What belongs to the service, and not to whoever calls.
    pub own: &'p Own,
}

impl std::fmt::Debug for Played<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Played")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

/// Who calls.
struct Caller {
    name: &'static str,
    means: Means,
    /// Whether the service knows nobody by these means.
    is_unknown: bool,
    scopes: &'static [&'static str],
}

enum Means {
    Nothing,
    Key(String),
    Session(String),
}

impl Caller {
    fn unknown(name: &'static str, means: Means) -> Self {
        Self {
            name,
            means,
            is_unknown: true,
            scopes: &[],
        }
    }

    fn known(name: &'static str, means: Means, scopes: &'static [&'static str]) -> Self {
        Self {
            name,
            means,
            is_unknown: false,
            scopes,
        }
    }

    /// Whether the caller may do what needs this; nothing where it needs nobody.
    fn may(&self, needs: Needs) -> Option<bool> {
        match needs {
            Needs::Nobody => None,
            Needs::Anybody => Some(!self.is_unknown),
            Needs::Scope(scope) => Some(self.scopes.contains(&scope)),
        }
    }
}

/// What an operation needs of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    Nobody,
    Anybody,
    Scope(&'static str),
}

/// Plays the whole matrix; gives how many requests it was. What is allowed comes last, so that nothing is written
/// by others while it is looked whether a refusal or a dry run wrote anything.
///
/// # Panics
///
/// With every request that was not refused as it must be.
pub async fn check(played: &Played<'_>) -> usize {
    let client = Client::builder().no_proxy().build().unwrap();
    let callers = callers(&client, played).await;
    let settings = DatabaseSettings::new(played.database);
    let matrix = Matrix {
        client,
        played,
        all: serde_json::to_value(&played.openapi).unwrap(),
        db: Database::open(&settings).await.unwrap(),
    };
    let (mut count, mut wrong) = (0, Vec::new());
    for (is_allowed, dry_run) in [(false, false), (false, true), (true, true), (true, false)] {
        for (method, pattern, operation) in operations(&played.openapi) {
            if dry_run && !takes_dry_run(operation) {
                continue;
            }
            let asked = Asked {
                method,
                pattern,
                needs: needs(tag_of(operation), method, id_of(operation)),
                dry_run,
            };
            let signs_out = id_of(operation) == "end_current_session";
            for caller in &callers {
                if caller.may(asked.needs) != Some(is_allowed) || (is_allowed && signs_out) {
                    continue;
                }
                count += 1;
                wrong.extend(matrix.play(&asked, caller, is_allowed).await);
            }
        }
    }
    matrix.db.close().await.unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    count
}

/// Asks a service whose ledger is there for everything that writes, in the name of a key that may write, with what belongs
/// to others; gives how many requests it was. Each waits until the ledger has decided.
///
/// # Panics
///
/// With every request that was not refused, apart from the operations in `allowed`.
pub async fn check_by_ledger(played: &Played<'_>, writer_key: &str, allowed: &[&str]) -> usize {
    let client = Client::builder().no_proxy().build().unwrap();
    let all = serde_json::to_value(&played.openapi).unwrap();
    let caller = Means::Key(writer_key.to_owned());
    let (mut count, mut wrong) = (0, Vec::new());
    for (method, pattern, operation) in operations(&played.openapi) {
        let id = id_of(operation);
        let asked = Asked {
            method,
            pattern,
            needs: needs(tag_of(operation), method, id),
            dry_run: false,
        };
        if asked.needs != Needs::Scope("write") || allowed.contains(&id) {
            continue;
        }
        count += 1;
        let request = request(&client, played, &all, &asked, (&caller, ""));
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        if !matches!(status, 400 | 403 | 404 | 409 | 415 | 422) {
            let said = response.text().await.unwrap();
            wrong.push(format!("{method} {pattern}: {status} {said}"));
        }
    }
    assert!(wrong.is_empty(), "of {count}:\n{}", wrong.join("\n"));
    count
}

fn id_of(operation: &Operation) -> &str {
    operation.operation_id.as_deref().unwrap_or_default()
}

fn tag_of(operation: &Operation) -> &str {
    let mut tags = operation.tags.iter().flatten();
    tags.next().map_or("", String::as_str)
}

fn takes_dry_run(operation: &Operation) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.name == "dry_run",
        RefOr::Ref(_) => false,
    })
}

/// One operation, for real or not.
struct Asked<'a> {
    method: &'a str,
    pattern: &'a str,
    needs: Needs,
    dry_run: bool,
}

struct Matrix<'p> {
    client: Client,
    played: &'p Played<'p>,
    all: Value,
    db: Database,
}

impl Matrix<'_> {
    /// One request; says what was wrong with its answer.
    async fn play(&self, asked: &Asked<'_>, caller: &Caller, is_allowed: bool) -> Option<String> {
        let before = written(&self.db).await;
        // Nobody waits for a ledger that does not answer.
        let request = request(
            &self.client,
            self.played,
            &self.all,
            asked,
            (&caller.means, "?wait_ms=0"),
        );
        // A stream of news does not end by itself: its head says enough.
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let said: Value = if status < 300 {
            Value::Null
        } else {
            response.json().await.unwrap_or_default()
        };
        let is_right = if is_allowed {
            is_allowed_answer(asked, status)
        } else if caller.is_unknown {
            status == 401
        } else {
            status == 403 && said["code"] == "forbidden"
        };
        let may_write = is_allowed && !asked.dry_run;
        let is_untouched = may_write || before == written(&self.db).await;
        let Asked {
            method, pattern, ..
        } = asked;
        let (name, dry_run) = (caller.name, asked.dry_run);
        (!is_right || !is_untouched).then(|| {
            format!(
                "{method} {pattern} as {name}, dry run {dry_run}: {status} {said} (nothing written: {is_untouched})"
            )
        })
    }
}

/// What a caller with the scope may get who names what belongs to others: a list or a status, a refusal,
/// or, for a write, that it is kept for the ledger to judge.
fn is_allowed_answer(asked: &Asked<'_>, status: u16) -> bool {
    let is_refused = matches!(status, 400 | 403 | 404 | 409 | 415 | 422);
    if asked.dry_run {
        return is_refused || status == 200;
    }
    match (asked.method, asked.needs) {
        ("GET", _) if asked.pattern.contains('{') => is_refused || status == 200,
        ("GET", _) => matches!(status, 200 | 503) || is_refused,
        (_, Needs::Scope("read")) => is_refused || status == 200,
        // Only a draft is declined at once, without the ledger.
        (_, Needs::Scope("write")) if asked.pattern.ends_with("/refusal") => {
            is_refused || status == 200
        }
        (_, Needs::Scope("write" | "approve")) => is_refused || status == 202,
        // Administration makes, changes and removes what it is asked for.
        (_, Needs::Scope("admin")) => is_refused || matches!(status, 200 | 201 | 204),
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

async fn callers(client: &Client, played: &Played<'_>) -> Vec<Caller> {
    let unknown = format!("thk_{}", "a".repeat(52));
    let mut callers = vec![
        Caller::unknown("nobody", Means::Nothing),
        Caller::unknown("unknown key", Means::Key(unknown)),
        Caller::unknown("ended session", Means::Session(ended(client, played).await)),
        Caller::known("blind key", Means::Key(played.blind_key.to_owned()), &[]),
        Caller::known(
            "reader key",
            Means::Key(played.reader_key.to_owned()),
            &["read"],
        ),
        Caller::known(
            "administrator at the till",
            Means::Session(switched(client, played).await),
            scopes_of(Role::Operator),
        ),
    ];
    for (name, role) in ROLES {
        let cookie = sign_in(client, played, name).await;
        callers.push(Caller::known(name, Means::Session(cookie), scopes_of(role)));
    }
    callers
}

/// An operator's session that was handed to the administrator by PIN.
async fn switched(client: &Client, played: &Played<'_>) -> String {
    let cookie = sign_in(client, played, "operator").await;
    let body = json!({ "user": "administrator", "pin": PIN });
    let request = client.post(format!("{}/api/v1/sessions/current/switch", played.url));
    let request = request.header("Cookie", cookie).json(&body);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    cookie_of(&response)
}

async fn sign_in(client: &Client, played: &Played<'_>, user: &str) -> String {
    let body = json!({ "user": user, "password": PASSWORD });
    let request = client.post(format!("{}/api/v1/sessions", played.url));
    let response = request.json(&body).send().await.unwrap();
    assert_eq!(response.status(), 201, "{user}");
    cookie_of(&response)
}

fn cookie_of(response: &reqwest::Response) -> String {
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
    asked: &Asked<'_>,
    (caller, wait): (&Means, &str),
) -> RequestBuilder {
    let Asked {
        method, pattern, ..
    } = *asked;
    let path = sample::path(pattern, played.foreign, played.own);
    let kind = Method::from_bytes(method.as_bytes()).unwrap();
    let wait = match (method, asked.dry_run) {
        (_, true) => "?wait_ms=0&dry_run=true",
        ("POST", false) => wait,
        _ => "",
    };
    let mut request = client.request(kind, format!("{}{path}{wait}", played.url));
    request = match caller {
        Means::Nothing => request,
        Means::Key(key) => request.bearer_auth(key),
        Means::Session(cookie) => request.header("Cookie", cookie),
    };
    request = request.header("Idempotency-Key", uuid());
    let operation = &all["paths"][pattern][method.to_lowercase()];
    let content = &operation["requestBody"]["content"];
    if let Some(schema) = content["application/json"].get("schema") {
        return request.json(&sample::body(pattern, schema, all, played.foreign));
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

/// What is in each table of the service's own, apart from the audit trail, which names refusals, from what is
/// gathered beside requests, and from when somebody was last seen.
async fn written(db: &Database) -> BTreeMap<&'static str, Vec<Value>> {
    let mut tables = read_own(db).await.unwrap();
    let audited = tables.remove("audit");
    assert!(
        audited.is_some_and(|rows| !rows.is_empty()),
        "sign-ins are kept"
    );
    for gathered in ["deliveries", "news", "news_cursor"] {
        tables.remove(gathered);
    }
    for (table, column) in [
        ("sessions", "last_seen_at"),
        ("sessions", "expires_at"),
        ("api_keys", "last_used_at"),
    ] {
        for row in tables.get_mut(table).into_iter().flatten() {
            let seen = row.as_object_mut().and_then(|row| row.remove(column));
            assert!(seen.is_some(), "{table}.{column}");
        }
    }
    tables
}
