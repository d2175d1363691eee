//! One node, call by call. What it answers is decoded and bounded here; what it says about the
//! chain is checked by [`crate::verify_block`] and [`crate::head::verify_head`].

mod error;
mod snapshot;
mod stream;

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Method, Response, header};
use serde::de::DeserializeOwned;
use theriac_crypto::Digest;
use theriac_http::problem::PROBLEM_MEDIA_TYPE;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{ChangeId, Height, TransactionId};
use theriac_proof::history::{HISTORY_BYTES_MAX, HistoryBundle};

pub use error::{AnswerFault, NodeError, Silence};
pub use snapshot::SnapshotStream;
pub use stream::{BlockStream, StreamItem};

use crate::bounded_body::{self, BodyError};
use crate::node_url::NodeUrl;
use crate::record_name::RecordName;
use crate::request_signer::RequestSigner;
use crate::wire::{
    BLOCK_PAGE_BYTES_MAX, BlockPage, ChangeAnswer, ChangesPage, FINAL_BLOCK_BYTES_MAX, FinalBlock,
    HeaderAnswer, HistoryQuery, JSON_BYTES_MAX, MisbehaviourPage, NodeStatus, PeerAnswer,
    RecordAnswer, TransactionAnswer, ValidatorStepsPage,
};

/// Media type of binary bodies.
pub const BINARY_MEDIA_TYPE: &str = "application/octet-stream";

/// The longest problem body that is read: a thousand row errors do not come from a node.
const PROBLEM_BYTES_MAX: usize = 64 * 1024;

/// How long a client waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimits {
    /// For a connection.
    pub connect: Duration,
    /// For one request and its answer.
    pub request: Duration,
    /// For the answer to `wait=final`; longer than the node holds it.
    pub wait: Duration,
    /// For the next sign of life of a stream.
    pub stream_idle: Duration,
}

impl Default for TimeLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            request: Duration::from_secs(10),
            wait: Duration::from_secs(25),
            stream_idle: Duration::from_secs(15),
        }
    }
}

/// The HTTP client could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up")]
pub struct ClientSetupError(#[from] reqwest::Error);

/// Speaks to one node. Clones share connections.
#[derive(Debug, Clone)]
pub struct NodeClient {
    url: NodeUrl,
    http: reqwest::Client,
    limits: TimeLimits,
    signer: Option<RequestSigner>,
}

impl NodeClient {
    /// A client of the node at `url`. Without a signer only what is open can be read.
    ///
    /// # Errors
    ///
    /// [`ClientSetupError`] when the system gives no HTTP client.
    pub fn new(
        url: NodeUrl,
        limits: TimeLimits,
        signer: Option<RequestSigner>,
    ) -> Result<Self, ClientSetupError> {
        let http = reqwest::Client::builder()
            .connect_timeout(limits.connect)
            .read_timeout(limits.wait.max(limits.stream_idle))
            .pool_max_idle_per_host(8)
            .tcp_nodelay(true)
            // A node answers itself; a redirect would carry signatures elsewhere.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("theriac/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            url,
            http,
            limits,
            signer,
        })
    }

    /// Clients of several nodes that sign with the same key.
    ///
    /// # Errors
    ///
    /// [`ClientSetupError`].
    pub fn for_nodes(
        urls: &[NodeUrl],
        limits: TimeLimits,
        signer: Option<&RequestSigner>,
    ) -> Result<Vec<Self>, ClientSetupError> {
        urls.iter()
            .map(|url| Self::new(url.clone(), limits, signer.cloned()))
            .collect()
    }

    /// The node's address.
    pub fn url(&self) -> &NodeUrl {
        &self.url
    }

    /// What the node says of itself. Unchecked: for display and for choosing a node.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn status(&self) -> Result<NodeStatus, NodeError> {
        self.get_json("/v1/status").await
    }

    /// The anchor that the node runs. Never a source of trust: compare it with the trust file.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn anchor(&self) -> Result<Anchor, NodeError> {
        self.get_json("/v1/genesis").await
    }

    /// The header of a height, or the latest; unchecked.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn header(&self, height: Option<Height>) -> Result<HeaderAnswer, NodeError> {
        match height {
            Some(height) => self.get_json(&format!("/v1/headers/{height}")).await,
            None => self.get_json("/v1/headers/latest").await,
        }
    }

    /// Where a transaction stands.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn transaction(&self, id: &TransactionId) -> Result<TransactionAnswer, NodeError> {
        self.get_json(&format!("/v1/transactions/{id}")).await
    }

    /// Hands in the canonical bytes of a signed transaction. Safe to repeat with the same bytes.
    ///
    /// # Errors
    ///
    /// [`NodeError::Refused`] has the code of the ledger's rule; others mean that nothing is known.
    pub async fn submit(&self, bytes: &[u8]) -> Result<TransactionAnswer, NodeError> {
        let body = Bytes::copy_from_slice(bytes);
        let call = self.call(Method::POST, "/v1/transactions", body, self.limits.request);
        self.json(call.await?).await
    }

    /// Like [`NodeClient::submit`]; the answer comes when the transaction is final or refused, or
    /// when the node's time limit has passed (status `pending`).
    ///
    /// # Errors
    ///
    /// As [`NodeClient::submit`].
    pub async fn submit_and_wait(&self, bytes: &[u8]) -> Result<TransactionAnswer, NodeError> {
        let body = Bytes::copy_from_slice(bytes);
        let path = "/v1/transactions?wait=final";
        let call = self.call(Method::POST, path, body, self.limits.wait);
        self.json(call.await?).await
    }

    /// A final block, unchecked. The request is signed.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn block(&self, height: Height) -> Result<FinalBlock, NodeError> {
        let response = self.get(&format!("/v1/blocks/{height}")).await?;
        let bytes = self.body(response, FINAL_BLOCK_BYTES_MAX).await?;
        FinalBlock::decode(&bytes).map_err(|error| self.malformed(error))
    }

    /// Final blocks from a height on, unchecked. The request is signed.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn blocks(&self, from: Height, limit: usize) -> Result<BlockPage, NodeError> {
        let response = self
            .get(&format!("/v1/blocks?from={from}&limit={limit}"))
            .await?;
        let bytes = self.body(response, BLOCK_PAGE_BYTES_MAX).await?;
        BlockPage::decode(&bytes).map_err(|error| self.malformed(error))
    }

    /// Final blocks from a height on, as they come; unchecked. The request is signed.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn stream(&self, from: Height) -> Result<BlockStream, NodeError> {
        let response = self.open(&format!("/v1/stream?from={from}")).await?;
        Ok(BlockStream::new(
            self.url.clone(),
            response,
            self.limits.stream_idle,
        ))
    }

    /// The node's whole state as it is now, with its last blocks (`window`) or `all`; unchecked. The
    /// request is signed.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn snapshot(&self, blocks: &str) -> Result<SnapshotStream, NodeError> {
        let response = self.open(&format!("/v1/snapshot?blocks={blocks}")).await?;
        Ok(SnapshotStream::new(
            self.url.clone(),
            response,
            self.limits.stream_idle,
        ))
    }

    /// A page of the changes of the consortium, the latest first, from the one before another; unchecked.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn changes(&self, before: Option<&ChangeId>) -> Result<ChangesPage, NodeError> {
        match before {
            Some(id) => self.get_json(&format!("/v1/changes?before={id}")).await,
            None => self.get_json("/v1/changes").await,
        }
    }

    /// A change, and what it still needs; unchecked.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn change(&self, id: &ChangeId) -> Result<ChangeAnswer, NodeError> {
        self.get_json(&format!("/v1/changes/{id}")).await
    }

    /// A page of the changes of the validator set above a height, unchecked; empty where there are no more.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn validator_steps(&self, after: Height) -> Result<ValidatorStepsPage, NodeError> {
        self.get_json(&format!("/v1/validators/steps?after={after}"))
            .await
    }

    /// A page of the evidence against validators that the node keeps, after that of a digest;
    /// unchecked.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn misbehaviour(
        &self,
        after: Option<&Digest>,
    ) -> Result<MisbehaviourPage, NodeError> {
        match after {
            Some(digest) => {
                self.get_json(&format!("/v1/misbehaviour?after={digest}"))
                    .await
            }
            None => self.get_json("/v1/misbehaviour").await,
        }
    }

    /// A record with its proof, unchecked; with its private half when `with_private` asks for it,
    /// in a signed request.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn record(&self, name: &RecordName) -> Result<RecordAnswer, NodeError> {
        self.get_json(&name.path()).await
    }

    /// Like [`NodeClient::record`], with the private half.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn private_record(&self, name: &RecordName) -> Result<RecordAnswer, NodeError> {
        self.get_json(&format!("{}?private=true", name.path()))
            .await
    }

    /// The history of a pack, unchecked: see [`theriac_proof::history::check_for`]. The request is
    /// signed; it is answered to those who had a part in the history, the maker and regulators.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn history(&self, query: &HistoryQuery) -> Result<HistoryBundle, NodeError> {
        let request = self
            .request(&Method::GET, &query.path(), Bytes::new())
            .await?
            .header(header::ACCEPT, BINARY_MEDIA_TYPE)
            .timeout(self.limits.wait);
        let response = request.send().await.map_err(|error| self.not_sent(error))?;
        let response = self.accept(response).await?;
        let bytes = self.body(response, HISTORY_BYTES_MAX).await?;
        HistoryBundle::decode(&bytes).map_err(|error| self.malformed(error))
    }

    /// Hands transactions to a peer: the canonical bytes of [`crate::wire::PeerTransactions`]. The
    /// signer's key must be a validator's.
    ///
    /// # Errors
    ///
    /// [`NodeError`].
    pub async fn send_peer_transactions(
        &self,
        bytes: impl Into<Bytes>,
    ) -> Result<PeerAnswer, NodeError> {
        let body = bytes.into();
        let path = "/v1/peer/transactions";
        let call = self.call(Method::POST, path, body, self.limits.request);
        self.json(call.await?).await
    }

    /// The head of an answer must come in time; its body goes on for as long as both sides like.
    async fn open(&self, path: &str) -> Result<Response, NodeError> {
        let call = self.request(&Method::GET, path, Bytes::new()).await?;
        let response = tokio::time::timeout(self.limits.request, call.send())
            .await
            .map_err(|_| self.no_answer(Silence::Late))?
            .map_err(|error| self.not_sent(error))?;
        self.accept(response).await
    }

    async fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<T, NodeError> {
        let response = self.get(path).await?;
        self.json(response).await
    }

    async fn get(&self, path: &str) -> Result<Response, NodeError> {
        self.call(Method::GET, path, Bytes::new(), self.limits.request)
            .await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        limit: Duration,
    ) -> Result<Response, NodeError> {
        let request = self.request(&method, path, body).await?.timeout(limit);
        let response = request.send().await.map_err(|error| self.not_sent(error))?;
        self.accept(response).await
    }

    async fn request(
        &self,
        method: &Method,
        path: &str,
        body: Bytes,
    ) -> Result<reqwest::RequestBuilder, NodeError> {
        let url = self.url.join(path);
        let mut request = self.http.request(method.clone(), url.clone());
        if let Some(signer) = &self.signer {
            // What is signed is what is sent: the path as the URL has it.
            let sent = match url.query() {
                Some(query) => format!("{}?{query}", url.path()),
                None => url.path().to_owned(),
            };
            let signed = signer.sign(method, &sent, &body).await;
            let headers = signed.map_err(|source| NodeError::Unsigned {
                node: self.url.clone(),
                source: Box::new(source),
            })?;
            for (name, value) in headers.to_pairs() {
                request = request.header(name, value);
            }
        }
        if !body.is_empty() {
            request = request
                .header(header::CONTENT_TYPE, BINARY_MEDIA_TYPE)
                .body(body);
        }
        Ok(request)
    }

    async fn accept(&self, response: Response) -> Result<Response, NodeError> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let is_problem = response
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|value| value.as_bytes().starts_with(PROBLEM_MEDIA_TYPE.as_bytes()));
        let body = bounded_body::read(response, PROBLEM_BYTES_MAX).await;
        let problem = body
            .ok()
            .filter(|_| is_problem)
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Err(match problem {
            Some(problem) => NodeError::Refused {
                node: self.url.clone(),
                problem: Box::new(problem),
            },
            None => self.malformed(AnswerFault::NoProblem { status }),
        })
    }

    async fn json<T: DeserializeOwned>(&self, response: Response) -> Result<T, NodeError> {
        let bytes = self.body(response, JSON_BYTES_MAX).await?;
        serde_json::from_slice(&bytes).map_err(|error| self.malformed(error))
    }

    async fn body(&self, response: Response, max: usize) -> Result<Vec<u8>, NodeError> {
        bounded_body::read(response, max)
            .await
            .map_err(|error| match error {
                BodyError::TooLong { max } => {
                    self.malformed(AnswerFault::TooLong { max_bytes: max })
                }
                BodyError::Broken(source) => self.no_answer(Silence::Broken(source)),
            })
    }

    fn malformed(&self, fault: impl Into<AnswerFault>) -> NodeError {
        NodeError::Malformed {
            node: self.url.clone(),
            source: fault.into(),
        }
    }

    fn no_answer(&self, source: Silence) -> NodeError {
        let node = self.url.clone();
        NodeError::NoAnswer { node, source }
    }

    fn not_sent(&self, source: reqwest::Error) -> NodeError {
        if source.is_connect() || source.is_builder() {
            let node = self.url.clone();
            NodeError::Unreachable { node, source }
        } else {
            self.no_answer(Silence::Broken(source))
        }
    }
}
