//! A node's interface over a ledger in memory: it executes what it gets and signs blocks with the
//! keys of all validators.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpResponse, HttpServer, web};
use data_encoding::BASE64;
use theriac_client::wire::{
    BlockPage, BlocksQuery, FinalBlock, HeaderAnswer, StreamQuery, TransactionAnswer,
    TransactionState,
};
use theriac_crypto::{Digest, PublicKey};
use theriac_http::problem::ProblemBody;
use theriac_ledger::action::{ActionBody, Decommission, DecommissionReason};
use theriac_ledger::block::{Block, Header, Parent, transactions_root};
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::encoding::BoundedBytes;
use theriac_ledger::execute::{BlockContext, Execution, Refusal, check_stateless};
use theriac_ledger::genesis::Anchor;
use theriac_ledger::pack_set::PackSets;
use theriac_ledger::state::State as _;
use theriac_ledger::testing::{Actor, Consortium, MemoryState};
use theriac_ledger::transaction::{SignedTransaction, Transaction};
use theriac_proof::vote::{VoteType, vote_digest};
use theriac_proof::{CommitCertificate, CommitSignature};

/// The chain, whether or not its node answers.
pub(crate) struct Chain {
    pub(crate) consortium: Consortium,
    pub(crate) anchor: Anchor,
    pub(crate) state: MemoryState,
    parent: Parent,
    pub(crate) blocks: Vec<FinalBlock>,
    /// How many transactions came in, refused ones included.
    pub(crate) submissions: usize,
}

pub(crate) type SharedChain = Arc<Mutex<Chain>>;

impl Chain {
    pub(crate) fn new(seed: u64) -> SharedChain {
        let consortium = Consortium::new(seed);
        let anchor = consortium.anchor(Digest::ZERO);
        let mut chain = Self {
            state: MemoryState::genesis(&anchor, &consortium.records),
            parent: Parent::genesis(&anchor),
            consortium,
            anchor,
            blocks: Vec::new(),
            submissions: 0,
        };
        chain.append(Vec::new());
        Arc::new(Mutex::new(chain))
    }

    /// Executes one transaction in a block of its own.
    fn submit(&mut self, signed: SignedTransaction) -> Result<TransactionAnswer, ProblemBody> {
        self.submissions += 1;
        let id = signed.transaction.id(&self.state.chain_id());
        if self.state.is_included(&id).unwrap() {
            return Ok(self.find(&id));
        }
        let checked = check_stateless(signed.clone(), &self.state.chain_id())
            .map_err(|rejection| problem(422, rejection.code(), &rejection.to_string()))?;
        let context = BlockContext {
            height: self.parent.height + 1,
            time: self.parent.time.saturating_add(1_000),
        };
        let mut execution = Execution::new(&self.state, context);
        execution.apply(&checked).map_err(|refusal| match refusal {
            Refusal::Rejected(rejection) => problem(409, rejection.code(), &rejection.to_string()),
            Refusal::Unavailable(error) => problem(503, "unavailable", &error.to_string()),
        })?;
        let changeset = execution.finish();
        self.state.apply(changeset);
        self.append(vec![signed]);
        Ok(TransactionAnswer::in_block(id, context.height, 0))
    }

    fn find(&self, id: &theriac_ledger::identifier::TransactionId) -> TransactionAnswer {
        for block in &self.blocks {
            for (index, signed) in (0u32..).zip(block.block.transactions.iter()) {
                if signed.transaction.id(&self.state.chain_id()) == *id {
                    return TransactionAnswer::in_block(*id, block.block.header.height, index);
                }
            }
        }
        TransactionAnswer::new(*id, TransactionState::Unknown)
    }

    /// The maker destroys packs in a block that is never served.
    pub(crate) fn decommission(&mut self, packs: PackSets) {
        let reason = DecommissionReason::Destroyed;
        let body: ActionBody = Decommission { packs, reason }.into();
        let key = self.consortium.key(Actor::Maker);
        let signed = Transaction {
            signer: key.public_key(),
            salt: [9; 16],
            valid_until: self.parent.time.saturating_add(60_000),
            action: body.to_action().unwrap(),
            details: None,
        }
        .sign(&self.state.chain_id(), &key);
        let checked = check_stateless(signed, &self.state.chain_id()).unwrap();
        let context = BlockContext {
            height: self.parent.height + 1,
            time: self.parent.time.saturating_add(1_000),
        };
        let mut execution = Execution::new(&self.state, context);
        execution.apply(&checked).unwrap();
        let changeset = execution.finish();
        self.state.apply(changeset);
    }

    fn append(&mut self, transactions: Vec<SignedTransaction>) {
        let header = Header {
            protocol: PROTOCOL,
            chain_id: self.parent.chain_id,
            height: self.parent.height + 1,
            time: self.parent.time.saturating_add(1_000),
            parent: self.parent.digest,
            proposer: PublicKey([0; 32]),
            transactions_root: transactions_root(&transactions),
            transaction_count: u32::try_from(transactions.len()).unwrap(),
            state_root: Digest::ZERO,
            validators: self.parent.next_validators,
            next_validators: self.parent.next_validators,
        };
        let certificate = self.certify(&header);
        self.parent = Parent::of(&header);
        let transactions = transactions.try_into().unwrap();
        let block = Block {
            header,
            transactions,
        };
        self.blocks.push(FinalBlock { block, certificate });
    }

    fn certify(&self, header: &Header) -> CommitCertificate {
        let block = header.digest();
        let kind = VoteType::Precommit;
        let message = vote_digest(&header.chain_id, kind, header.height, 0, Some(&block));
        let signatures: Vec<_> = self
            .consortium
            .validator_keys
            .iter()
            .map(|key| CommitSignature {
                validator: key.public_key(),
                signature: key.sign(&message),
            })
            .collect();
        CommitCertificate {
            height: header.height,
            round: 0,
            block,
            signatures: signatures.try_into().unwrap(),
        }
    }
}

/// The node of a chain.
pub(crate) struct Node {
    pub(crate) address: SocketAddr,
    handle: ServerHandle,
}

impl Node {
    pub(crate) fn start(chain: &SharedChain, address: SocketAddr) -> Self {
        let data = web::Data::new(Arc::clone(chain));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .app_data(web::PayloadConfig::new(1024 * 1024))
                .route("/v1/blocks", web::get().to(blocks_page))
                .route("/v1/stream", web::get().to(stream))
                .route("/v1/headers/latest", web::get().to(latest))
                .route("/v1/transactions", web::post().to(submit))
                .route("/v1/transactions/{id}", web::get().to(transaction))
        })
        .workers(1)
        .disable_signals()
        .bind(address)
        .unwrap();
        let address = server.addrs()[0];
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self { address, handle }
    }

    pub(crate) async fn stop(self) {
        self.handle.stop(false).await;
    }
}

/// An address on which nothing listens: it was free a moment ago.
pub(crate) fn free_address() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

async fn blocks_page(
    query: web::Query<BlocksQuery>,
    chain: web::Data<SharedChain>,
) -> HttpResponse {
    let chain = chain.lock().unwrap();
    let from = usize::try_from(query.from).unwrap() - 1;
    let page: Vec<_> = chain
        .blocks
        .iter()
        .skip(from)
        .take(4)
        .map(|block| BoundedBytes::new(block.encode()).unwrap())
        .collect();
    let page = BlockPage {
        head: u64::try_from(chain.blocks.len()).unwrap(),
        blocks: page.try_into().unwrap(),
    };
    HttpResponse::Ok().body(borsh::to_vec(&page).unwrap())
}

/// Sends what is there and ends: the follower comes back for more.
async fn stream(query: web::Query<StreamQuery>, chain: web::Data<SharedChain>) -> HttpResponse {
    use std::fmt::Write as _;
    let chain = chain.lock().unwrap();
    let from = usize::try_from(query.from.unwrap()).unwrap() - 1;
    let head = chain.blocks.len();
    let mut text = format!("event: head\ndata: {{\"height\":{head},\"time\":1}}\n\n");
    for block in chain.blocks.iter().skip(from) {
        let height = block.block.header.height;
        let data = BASE64.encode(&block.encode());
        write!(text, "id: {height}\nevent: block\ndata: {data}\n\n").unwrap();
    }
    HttpResponse::Ok().body(text)
}

async fn latest(chain: web::Data<SharedChain>) -> HttpResponse {
    let chain = chain.lock().unwrap();
    let last = chain.blocks.last().unwrap();
    HttpResponse::Ok().json(HeaderAnswer::new(
        last.block.header.clone(),
        last.certificate.clone(),
    ))
}

async fn submit(body: web::Bytes, chain: web::Data<SharedChain>) -> HttpResponse {
    let signed = SignedTransaction::decode(&body).unwrap();
    match chain.lock().unwrap().submit(signed) {
        Ok(answer) => HttpResponse::Ok().json(answer),
        Err(problem) => {
            let status = actix_web::http::StatusCode::from_u16(problem.status).unwrap();
            HttpResponse::build(status)
                .content_type("application/problem+json")
                .body(serde_json::to_vec(&problem).unwrap())
        }
    }
}

async fn transaction(id: web::Path<String>, chain: web::Data<SharedChain>) -> HttpResponse {
    let id = id.parse().unwrap();
    HttpResponse::Ok().json(chain.lock().unwrap().find(&id))
}

fn problem(status: u16, code: &str, detail: &str) -> ProblemBody {
    ProblemBody {
        kind: format!("/problems/{code}"),
        title: "refused".to_owned(),
        status,
        code: code.to_owned(),
        detail: detail.to_owned(),
        hint: Some("do otherwise".to_owned()),
        request_id: None,
        errors: Vec::new(),
        errors_omitted: 0,
    }
}
