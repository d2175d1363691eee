//! Hands a message to a partner's service. What the service answers is shown to people and believed for nothing
//! else: the message itself is proved by the chain.

use std::time::Duration;

use reqwest::header;
use theriac_http::problem::{PROBLEM_MEDIA_TYPE, ProblemBody, chain};

use crate::bounded_body;
use crate::node_client::{BINARY_MEDIA_TYPE, ClientSetupError};
use crate::node_url::NodeUrl;

/// Time for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Time for one message and its answer.
const REQUEST: Duration = Duration::from_secs(20);
/// The longest problem body that is read.
const PROBLEM_BYTES_MAX: usize = 64 * 1024;
/// Characters of a refusal that are kept.
const REASON_CHARS_MAX: usize = 500;

/// Why a message was not taken; in words, for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The service takes nothing now: it cannot be reached, is in trouble, or something else answers there.
    #[error("{0}")]
    Away(String),
    /// The service does not know yet what the message builds on.
    #[error("{0}")]
    TooEarly(String),
    /// The service refuses this message.
    #[error("{0}")]
    Refused(String),
}

/// Speaks to partners' services. Clones share connections.
#[derive(Clone, Debug)]
pub struct PartnerClient {
    http: reqwest::Client,
}

impl PartnerClient {
    /// A client.
    ///
    /// # Errors
    ///
    /// [`ClientSetupError`] when the system gives no HTTP client.
    pub fn new() -> Result<Self, ClientSetupError> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(REQUEST)
            // A redirect would carry the message to whom it is not for.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("theriac/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { http })
    }

    /// Posts bytes to a path of a partner's service.
    ///
    /// # Errors
    ///
    /// [`NotTaken`] unless the service says that it has them.
    pub async fn post(&self, url: &NodeUrl, path: &str, body: Vec<u8>) -> Result<(), NotTaken> {
        let request = self
            .http
            .post(url.join(path))
            .header(header::CONTENT_TYPE, BINARY_MEDIA_TYPE)
            .body(body);
        let answer = request
            .send()
            .await
            .map_err(|error| NotTaken::Away(chain(&error.without_url())))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let is_problem = answer
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.as_bytes().starts_with(PROBLEM_MEDIA_TYPE.as_bytes()));
        let body = bounded_body::read(answer, PROBLEM_BYTES_MAX).await;
        let told = body
            .ok()
            .filter(|_| is_problem)
            .and_then(|body| serde_json::from_slice::<ProblemBody>(&body).ok())
            .map(|problem| problem.detail);
        let Some(told) = told else {
            let status = status.as_u16();
            let reason = format!("the partner's service answers with status {status}");
            return Err(NotTaken::Away(reason));
        };
        let reason = told.chars().take(REASON_CHARS_MAX).collect();
        Err(match status.as_u16() {
            404 => NotTaken::TooEarly(reason),
            400 | 409..=411 | 413 | 415 | 422 => NotTaken::Refused(reason),
            _ => NotTaken::Away(reason),
        })
    }
}
