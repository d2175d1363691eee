//! A server with a few routes of every kind, and a client for it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use futures::StreamExt;
use serde::Deserialize;
use theriac_crypto::{Digest, PublicKey, SigningKey};
use theriac_http::api_key::{self, ApiKeySettings, ApiKeys, ApiUser};
use theriac_http::body::Body;
use theriac_http::clock::FixedClock;
use theriac_http::health::{Readiness, Version};
use theriac_http::metrics::Metrics;
use theriac_http::problem::{Problem, ProblemCode, RowError};
use theriac_http::random::system_random;
use theriac_http::server::{Program, RunningServer, ServerSettings, serve};
use theriac_http::signed_request::{KnownKeys, RequestVerifier, SignedRequest};
use theriac_http::task::{Supervisor, TaskFailure};

pub(crate) const NOW_MS: u64 = 1_800_000_000_000;
pub(crate) const CHAIN: Digest = Digest([7; 32]);
const STOP_DEADLINE: Duration = Duration::from_secs(20);

pub(crate) struct Running {
    pub(crate) url: String,
    pub(crate) client: reqwest::Client,
    pub(crate) supervisor: Supervisor,
    pub(crate) server: RunningServer,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) api_key: String,
    pub(crate) readiness: Arc<Reasons>,
    pub(crate) gate: Arc<Gate>,
}

/// Holds a request up until it is opened.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    pub(crate) entered: tokio::sync::Notify,
    pub(crate) opened: tokio::sync::Notify,
}

#[derive(Debug, Default)]
pub(crate) struct Reasons(pub(crate) Mutex<Vec<String>>);

impl Readiness for Reasons {
    fn reasons_not_ready(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

pub(crate) fn member_key() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

#[derive(Debug)]
struct OnlyMember;

impl KnownKeys for OnlyMember {
    fn is_known(&self, key: &PublicKey) -> bool {
        *key == member_key().public_key()
    }
}

pub(crate) fn small() -> ServerSettings {
    ServerSettings {
        body_limit_bytes: 1_000,
        ..ServerSettings::default()
    }
}

pub(crate) fn start(settings: &ServerSettings) -> Running {
    let (plain, hash) = api_key::generate(&mut system_random());
    let keys = ApiKeys::new(vec![ApiKeySettings {
        name: "line-1".to_owned(),
        hash,
        scopes: vec!["ship".to_owned()],
    }])
    .unwrap();
    let clock = Arc::new(FixedClock::new(NOW_MS));
    let verifier = web::Data::new(RequestVerifier::new(
        CHAIN,
        clock.clone(),
        Arc::new(OnlyMember),
    ));
    let readiness = Arc::new(Reasons::default());
    let program = Program {
        version: Version {
            program: "test".to_owned(),
            version: "1.2.3".to_owned(),
        },
        readiness: readiness.clone(),
        metrics: Metrics::new("test", "1.2.3").unwrap(),
        identify: Arc::new(keys),
        witness: None,
        documentation: None,
    };
    let supervisor = Supervisor::new();
    let gate = Arc::new(Gate::default());
    let held = web::Data::from(Arc::clone(&gate));
    let server = serve(settings, program, &supervisor, move |config| {
        config.app_data(verifier.clone());
        config.app_data(held.clone());
        routes(config);
    })
    .unwrap();
    Running {
        url: format!("http://{}", server.addresses[0]),
        client: reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap(),
        supervisor,
        server,
        clock,
        api_key: plain.to_string(),
        readiness,
        gate,
    }
}

impl Running {
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(self.at(path)).send().await.unwrap()
    }

    pub(crate) async fn stop(self) -> Result<(), TaskFailure> {
        // Idle connections of a client hold up no shutdown, but there is no reason to test it here.
        drop(self.client);
        self.supervisor.stop(STOP_DEADLINE).await
    }
}

/// The problem of a response, after checking what every problem has.
pub(crate) async fn problem(response: reqwest::Response) -> serde_json::Value {
    let status = response.status().as_u16();
    let header = |name: &str| {
        response
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(
        header("content-type").as_deref(),
        Some("application/problem+json")
    );
    assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"));
    let id = header("x-request-id").expect("every response has an id");
    let body: serde_json::Value = response.json().await.unwrap();
    assert_eq!(body["status"], status);
    assert_eq!(body["request_id"], id);
    let code = body["code"].as_str().unwrap();
    assert_eq!(body["type"], format!("/problems/{code}"));
    assert!(!body["detail"].as_str().unwrap().is_empty());
    body
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lot {
    lot: String,
    count: u32,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot open /var/lib/hidden/db.sqlite")]
struct HiddenCause;

fn routes(config: &mut ServiceConfig) {
    config
        .route("/lots", web::post().to(post_lot))
        .route("/lots/{number}", web::get().to(get_lot))
        .route("/bytes", web::post().to(post_bytes))
        .route("/internal", web::get().to(fail_inside))
        .route("/panic", web::get().to(panic_inside))
        .route("/never", web::get().to(never_answer))
        .route("/gate", web::get().to(wait_at_the_gate))
        .route("/stream", web::get().to(stream_for_ever))
        .route("/rows", web::get().to(name_rows))
        .route("/me", web::get().to(who_am_i))
        .route("/recall", web::post().to(recall))
        .route("/signed", web::post().to(signed));
}

async fn post_lot(lot: Body<Lot>) -> impl Responder {
    format!("{} {}", lot.lot, lot.count)
}

async fn get_lot(number: web::Path<u32>, query: web::Query<Lot>) -> impl Responder {
    format!("{number} {}", query.lot)
}

async fn post_bytes(body: web::Bytes) -> impl Responder {
    body.len().to_string()
}

async fn fail_inside() -> Result<HttpResponse, Problem> {
    Err(Problem::internal(&HiddenCause))
}

async fn panic_inside() -> HttpResponse {
    panic!("secret state 42")
}

async fn never_answer() -> HttpResponse {
    std::future::pending().await
}

async fn wait_at_the_gate(gate: web::Data<Gate>) -> impl Responder {
    gate.entered.notify_one();
    gate.opened.notified().await;
    "done"
}

async fn stream_for_ever() -> HttpResponse {
    let first = futures::stream::iter([Ok::<_, Problem>(web::Bytes::from_static(b"first"))]);
    HttpResponse::Ok().streaming(first.chain(futures::stream::pending()))
}

async fn name_rows() -> Result<HttpResponse, Problem> {
    Err(Problem::new(
        ProblemCode::Rejected("duplicate_serial"),
        "2 rows are wrong",
    )
    .with_hint("remove the second of each pair")
    .with_error(RowError::new(
        "line 3",
        "duplicate_serial",
        "same as line 2",
    ))
    .with_error(RowError::new(
        "line 9",
        "duplicate_serial",
        "same as line 8",
    )))
}

async fn who_am_i(user: ApiUser) -> impl Responder {
    user.name
}

async fn recall(user: ApiUser) -> Result<HttpResponse, Problem> {
    user.check_scope("recall")?;
    Ok(HttpResponse::NoContent().finish())
}

async fn signed(request: SignedRequest) -> impl Responder {
    format!("{} {}", request.key, request.body.len())
}
