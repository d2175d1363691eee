//! A node's interface with scripted answers.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use data_encoding::BASE64;
use theriac_client::wire::{
    BlockPage, BlocksQuery, FinalBlock, HeaderAnswer, StreamQuery, SubmitQuery, TransactionAnswer,
    TransactionState,
};
use theriac_client::{Generator, NodeClient, NodeUrl, RequestSigner, TimeLimits};
use theriac_http::clock::SystemClock;
use theriac_http::problem::ProblemBody;
use theriac_ledger::transaction::SignedTransaction;

use crate::chain::{anchor, key};

/// What the server serves; tests change it while it runs.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) blocks: Mutex<Vec<FinalBlock>>,
    /// Pages show blocks up to this height only; the stream shows the rest.
    pub(crate) paged: AtomicUsize,
    /// The stream ends after this many blocks.
    pub(crate) stream_ends_after: AtomicUsize,
    pub(crate) streams: AtomicUsize,
    pub(crate) submissions: Mutex<Vec<Vec<u8>>>,
    /// Answers to submissions, first one first; the last one stays.
    pub(crate) answers: Mutex<Vec<Answer>>,
    pub(crate) is_final: AtomicBool,
}

#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Pending,
    Final,
    Rule { status: u16, code: &'static str },
}

#[derive(Debug)]
pub(crate) struct TestServer {
    pub(crate) url: NodeUrl,
    pub(crate) script: Arc<Script>,
    handle: ServerHandle,
}

impl TestServer {
    pub(crate) fn start(blocks: Vec<FinalBlock>) -> Self {
        let script = Arc::new(Script {
            paged: AtomicUsize::new(blocks.len()),
            stream_ends_after: AtomicUsize::new(usize::MAX),
            blocks: Mutex::new(blocks),
            ..Script::default()
        });
        let data = web::Data::from(Arc::clone(&script));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .app_data(web::PayloadConfig::new(1024 * 1024))
                .route("/v1/blocks", web::get().to(blocks_page))
                .route("/v1/stream", web::get().to(stream))
                .route("/v1/headers/{height}", web::get().to(header))
                .route("/v1/transactions", web::post().to(submit))
                .route("/v1/transactions/{id}", web::get().to(transaction))
                .route("/v1/status", web::get().to(oversized))
        })
        .workers(1)
        .disable_signals()
        .bind(("127.0.0.1", 0))
        .unwrap();
        let url = NodeUrl::parse(&format!("http://{}", server.addrs()[0])).unwrap();
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            url,
            script,
            handle,
        }
    }

    pub(crate) fn client(&self) -> NodeClient {
        client(self.url.clone())
    }

    pub(crate) async fn stop(&self) {
        self.handle.stop(false).await;
    }
}

pub(crate) fn client(url: NodeUrl) -> NodeClient {
    let signer = RequestSigner::new(
        key(60),
        anchor().chain_id(),
        SystemClock::shared(),
        Generator::system(),
    );
    let limits = TimeLimits {
        stream_idle: Duration::from_secs(5),
        ..TimeLimits::default()
    };
    NodeClient::new(url, limits, Some(signer)).unwrap()
}

/// The address of a node that is down: it was free a moment ago.
pub(crate) fn dead_url() -> NodeUrl {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    NodeUrl::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap()
}

async fn blocks_page(
    request: HttpRequest,
    query: web::Query<BlocksQuery>,
    script: web::Data<Script>,
) -> HttpResponse {
    assert!(request.headers().contains_key("Theriac-Signature"));
    let paged = script.paged.load(Ordering::SeqCst);
    let blocks = script.blocks.lock().unwrap();
    let from = usize::try_from(query.from).unwrap() - 1;
    let page: Vec<_> = blocks[..paged.min(blocks.len())]
        .iter()
        .skip(from)
        .take(query.limit.unwrap_or(2).min(2))
        .map(|block| block.encode().try_into_bytes())
        .collect();
    let page = BlockPage {
        head: u64::try_from(blocks.len()).unwrap(),
        blocks: page.try_into().unwrap(),
    };
    HttpResponse::Ok().body(borsh::to_vec(&page).unwrap())
}

trait IntoBounded<const N: usize> {
    fn try_into_bytes(self) -> theriac_ledger::encoding::BoundedBytes<N>;
}

impl<const N: usize> IntoBounded<N> for Vec<u8> {
    fn try_into_bytes(self) -> theriac_ledger::encoding::BoundedBytes<N> {
        theriac_ledger::encoding::BoundedBytes::new(self).unwrap()
    }
}

async fn stream(query: web::Query<StreamQuery>, script: web::Data<Script>) -> HttpResponse {
    script.streams.fetch_add(1, Ordering::SeqCst);
    let from = usize::try_from(query.from.unwrap()).unwrap() - 1;
    let take = script.stream_ends_after.load(Ordering::SeqCst);
    let mut text = String::from("event: head\ndata: {\"height\":9,\"time\":1}\n\n");
    for block in script.blocks.lock().unwrap().iter().skip(from).take(take) {
        let height = block.block.header.height;
        let data = BASE64.encode(&block.encode());
        write!(text, "id: {height}\nevent: block\ndata: {data}\n\n").unwrap();
    }
    let first = futures::stream::iter([Ok::<_, std::io::Error>(web::Bytes::from(text))]);
    if take == usize::MAX {
        let open = futures::stream::pending();
        HttpResponse::Ok().streaming(futures::StreamExt::chain(first, open))
    } else {
        HttpResponse::Ok().streaming(first)
    }
}

async fn header(height: web::Path<String>, script: web::Data<Script>) -> HttpResponse {
    let blocks = script.blocks.lock().unwrap();
    let found = match height.parse::<usize>() {
        Ok(height) => blocks.get(height - 1),
        Err(_) => blocks.last(),
    };
    match found {
        Some(found) => HttpResponse::Ok().json(HeaderAnswer::new(
            found.block.header.clone(),
            found.certificate.clone(),
        )),
        None => problem(404, "not_found"),
    }
}

async fn submit(
    body: web::Bytes,
    query: web::Query<SubmitQuery>,
    script: web::Data<Script>,
) -> HttpResponse {
    let signed = SignedTransaction::decode(&body).unwrap();
    let id = signed.transaction.id(&anchor().chain_id());
    script.submissions.lock().unwrap().push(body.to_vec());
    let mut answers = script.answers.lock().unwrap();
    let answer = if answers.len() > 1 {
        answers.remove(0)
    } else {
        answers[0].clone()
    };
    let _ = query.wait;
    match answer {
        Answer::Pending => {
            HttpResponse::Accepted().json(TransactionAnswer::new(id, TransactionState::Pending))
        }
        Answer::Final => HttpResponse::Ok().json(TransactionAnswer::in_block(id, 7, 3)),
        Answer::Rule { status, code } => problem(status, code),
    }
}

async fn transaction(id: web::Path<String>, script: web::Data<Script>) -> HttpResponse {
    let id = id.parse().unwrap();
    let answer = if script.is_final.load(Ordering::SeqCst) {
        TransactionAnswer::in_block(id, 2, 0)
    } else {
        TransactionAnswer::new(id, TransactionState::Unknown)
    };
    HttpResponse::Ok().json(answer)
}

async fn oversized() -> HttpResponse {
    HttpResponse::Ok().body(vec![b' '; 2 * 1024 * 1024])
}

fn problem(status: u16, code: &str) -> HttpResponse {
    let status_code = actix_web::http::StatusCode::from_u16(status).unwrap();
    HttpResponse::build(status_code)
        .content_type("application/problem+json")
        .body(
            serde_json::to_vec(&ProblemBody {
                kind: format!("/problems/{code}"),
                title: "refused".to_owned(),
                status,
                code: code.to_owned(),
                detail: "refused by the script".to_owned(),
                hint: Some("do otherwise".to_owned()),
                request_id: None,
                errors: Vec::new(),
                errors_omitted: 0,
            })
            .unwrap(),
        )
}
