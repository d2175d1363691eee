//! Asking a program's own addresses: what it is, whether it is ready, what its clock shows.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use reqwest::header::{AUTHORIZATION, DATE};
use theriac_client::NodeUrl;
use theriac_http::health::{ReadinessReport, Version};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of an answer, at most.
const ANSWER_MAX: usize = 1 << 20;

/// Asks.
pub(crate) struct Probe(reqwest::Client);

/// What a program says of itself.
pub(crate) struct Said {
    pub(crate) version: Version,
    /// Why it is not ready; empty when it is.
    pub(crate) not_ready: Vec<String>,
}

impl Probe {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()?;
        Ok(Self(client))
    }

    pub(crate) async fn ask(&self, url: &NodeUrl) -> anyhow::Result<Said> {
        let (version, _) = self.get(url, "/version", None).await?;
        let (ready, _) = self.get(url, "/readyz", None).await?;
        let no_theriac = || format!("{url} is no program of Theriac");
        let ready: ReadinessReport = serde_json::from_slice(&ready).with_context(no_theriac)?;
        Ok(Said {
            version: serde_json::from_slice(&version).with_context(no_theriac)?,
            not_ready: ready.reasons,
        })
    }

    /// The body of an answer, whatever its status, and what the clock of whoever answers shows, in milliseconds since
    /// 1970; whole seconds.
    pub(crate) async fn get(
        &self,
        url: &NodeUrl,
        path: &str,
        api_key: Option<&str>,
    ) -> anyhow::Result<(Vec<u8>, Option<u64>)> {
        let mut request = self.0.get(format!("{url}{path}"));
        if let Some(key) = api_key {
            request = request.header(AUTHORIZATION, format!("Bearer {key}"));
        }
        let mut response = request.send().await?;
        let clock = response.headers().get(DATE).and_then(|value| {
            let read = jiff::fmt::rfc2822::parse(value.to_str().ok()?).ok()?;
            u64::try_from(read.timestamp().as_millisecond()).ok()
        });
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await? {
            body.extend_from_slice(&part);
            ensure!(body.len() <= ANSWER_MAX, "{url}{path} answers without end");
        }
        Ok((body, clock))
    }
}
