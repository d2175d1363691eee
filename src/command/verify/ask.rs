//! The call to a verifier.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use reqwest::Url;
use serde_json::{Value, json};

use super::Question;

/// Time for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for the answer: a large picture takes a few seconds of searching.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// Longest answer that is read: evidence has some kilobytes, for a batch of 64 runs some hundred.
const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Asks a verifier; its answer, or why there is none.
pub(super) async fn ask(
    verifier: &Url,
    question: Question,
    key: Option<&str>,
    wants_evidence: bool,
) -> anyhow::Result<Value> {
    let mut client = reqwest::Client::builder();
    if is_loopback(verifier) {
        // The proxy of the environment does not reach this machine's own loopback.
        client = client.no_proxy();
    }
    let client = client
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(ANSWER_TIMEOUT)
        // A redirect would carry the key elsewhere.
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let address = format!("{}/verify", verifier.as_str().trim_end_matches('/'));
    let mut request = client.post(&address);
    if wants_evidence {
        request = request.query(&[("evidence", "true")]);
    }
    if let Some(key) = key {
        request = request.bearer_auth(key);
    }
    let request = match question {
        Question::Code(code) => request.json(&json!({ "code": code })),
        Question::Picture { media_type, bytes } => request
            .header(reqwest::header::CONTENT_TYPE, media_type)
            .body(bytes),
    };
    let response = request.send().await.with_context(|| {
        format!("no answer from {address}; check the address and that the verifier runs")
    })?;
    let status = response.status();
    let body = read_answer(response).await?;
    let value: Value = serde_json::from_slice(&body)
        .with_context(|| format!("{address} answers {status} with something that is not JSON"))?;
    if status.is_success() {
        return Ok(value);
    }
    let text = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let refusal = anyhow!(
        "the verifier refuses ({}): {}",
        text("code"),
        text("detail")
    );
    match text("hint") {
        hint if hint.is_empty() => Err(refusal),
        hint => Err(anyhow!("{refusal}; {hint}")),
    }
}

pub(super) fn is_loopback(address: &Url) -> bool {
    let host = address.host_str().unwrap_or_default();
    let ip = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || ip.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

async fn read_answer(mut response: reqwest::Response) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > ANSWER_BYTES_MAX {
            bail!("the answer is longer than {ANSWER_BYTES_MAX} bytes");
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
