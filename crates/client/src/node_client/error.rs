//! What can go wrong with a call of a node.

use reqwest::StatusCode;
use theriac_http::problem::ProblemBody;
use theriac_ledger::encoding::DecodeError;
use theriac_signer::SignerError;

use crate::node_url::NodeUrl;
use crate::sse::SseError;

/// Why a call gave no answer to rely on.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// Nothing was sent: the request could not be signed.
    #[error("the request to node {node} was not signed")]
    Unsigned {
        /// The node.
        node: NodeUrl,
        /// Why.
        #[source]
        source: Box<SignerError>,
    },
    /// Nothing was sent: the node cannot be reached.
    #[error("node {node} cannot be reached")]
    Unreachable {
        /// The node.
        node: NodeUrl,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The request was sent, but no whole answer came: it may have been carried out.
    #[error("node {node} did not answer")]
    NoAnswer {
        /// The node.
        node: NodeUrl,
        /// What happened.
        source: Silence,
    },
    /// The node refuses the request.
    #[error("node {node} refuses ({}): {}", problem.code, problem.detail)]
    Refused {
        /// The node.
        node: NodeUrl,
        /// Its reason.
        problem: Box<ProblemBody>,
    },
    /// The answer is not of the expected form.
    #[error("node {node} sent a malformed answer")]
    Malformed {
        /// The node.
        node: NodeUrl,
        /// What is wrong.
        source: AnswerFault,
    },
}

impl NodeError {
    /// The refusal of the node, when that is what happened.
    pub fn problem(&self) -> Option<&ProblemBody> {
        match self {
            Self::Refused { problem, .. } => Some(problem),
            _ => None,
        }
    }

    /// Whether the node may have acted on the request all the same.
    pub fn may_have_been_carried_out(&self) -> bool {
        match self {
            Self::Unsigned { .. } | Self::Unreachable { .. } => false,
            Self::NoAnswer { .. } | Self::Malformed { .. } => true,
            Self::Refused { problem, .. } => {
                problem.status >= 500 && !NOT_BEGUN.contains(&problem.code.as_str())
            }
        }
    }
}

/// Codes of answers with which a node says that it has not begun.
const NOT_BEGUN: [&str; 2] = ["not_ready", "busy"];

/// Why no whole answer came.
#[derive(Debug, thiserror::Error)]
pub enum Silence {
    /// The connection failed after the request was sent.
    #[error("the connection broke off")]
    Broken(#[source] reqwest::Error),
    /// Nothing came in the time given.
    #[error("no answer in time")]
    Late,
    /// A stream gave no sign of life.
    #[error("no sign of life for {idle_ms} ms")]
    Idle {
        /// How long it was given, in milliseconds.
        idle_ms: u128,
    },
}

/// What is wrong with an answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerFault {
    /// A refusal that does not say why.
    #[error("status {status} without a problem body")]
    NoProblem {
        /// Its status.
        status: StatusCode,
    },
    /// More bytes than any answer of its kind.
    #[error("the body is longer than {max_bytes} bytes")]
    TooLong {
        /// The bound, in bytes.
        max_bytes: usize,
    },
    /// JSON of another form.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    /// Bytes that do not decode.
    #[error(transparent)]
    Undecodable(#[from] DecodeError),
    /// An event of a stream that is no event.
    #[error(transparent)]
    Event(#[from] SseError),
    /// A block of a stream that is not in base64.
    #[error(transparent)]
    Base64(#[from] data_encoding::DecodeError),
}
