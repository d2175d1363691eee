//! Calling the services as their users do.

use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

/// Time after which an answer is given up.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Time between two looks at something that will happen soon.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks before giving up: ten seconds' worth.
const LOOKS: u32 = 500;

/// One service, with the key of a user.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    client: reqwest::Client,
    /// Where it answers.
    pub(crate) address: String,
    /// The API key, if the service wants one.
    pub(crate) key: Option<String>,
}

/// An answer of a service, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// HTTP status.
    pub(crate) status: u16,
    /// Body, or null where it was not JSON.
    pub(crate) body: Value,
}

impl Answer {
    /// The problem's code, for an answer that is a refusal.
    pub(crate) fn problem(&self) -> Option<&str> {
        (self.status >= 400).then(|| self.body["code"].as_str().unwrap_or("unknown_problem"))
    }
}

impl Api {
    pub(crate) fn new(client: &reqwest::Client, address: String, key: Option<String>) -> Self {
        Self {
            client: client.clone(),
            address,
            key,
        }
    }

    /// Reads something.
    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(self.client.get(format!("{}{path}", self.address)))
            .await
    }

    /// Asks for something, once: `name` is the idempotency key.
    pub(crate) async fn post(
        &self,
        name: &str,
        path: &str,
        body: &Value,
    ) -> anyhow::Result<Answer> {
        let request = self.client.post(format!("{}{path}", self.address));
        self.send(request.header("Idempotency-Key", name).json(body))
            .await
    }

    /// Sends a CSV file.
    pub(crate) async fn post_csv(
        &self,
        name: &str,
        path: &str,
        csv: String,
    ) -> anyhow::Result<Answer> {
        let request = self.client.post(format!("{}{path}", self.address));
        let request = request
            .header("Idempotency-Key", name)
            .header("Content-Type", "text/csv");
        self.send(request.body(csv)).await
    }

    /// Asks the verifier about a code as the public does, in a state not older than `height`.
    pub(crate) async fn verify(&self, code: &str, height: u64) -> anyhow::Result<Answer> {
        for _ in 0..LOOKS {
            let request = self.client.post(format!("{}/verify", self.address));
            let answer = fetch(request.json(&json!({ "code": code })), &self.address).await?;
            if answer.body["height"]
                .as_u64()
                .is_some_and(|seen| seen >= height)
            {
                return Ok(answer);
            }
            tokio::time::sleep(PAUSE).await;
        }
        bail!("the verifier did not reach height {height} in time")
    }

    /// Waits until the service has followed the chain to `height`.
    pub(crate) async fn follow(&self, height: u64) -> anyhow::Result<()> {
        for _ in 0..LOOKS {
            let answer = self.get("/api/v1/status").await?;
            if answer.body["height"]
                .as_u64()
                .is_some_and(|seen| seen >= height)
            {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        bail!("{} did not reach height {height} in time", self.address)
    }

    /// Waits until the program says that it is ready.
    pub(crate) async fn ready(&self) -> anyhow::Result<()> {
        for _ in 0..LOOKS * 3 {
            if self
                .get("/readyz")
                .await
                .is_ok_and(|answer| answer.status == 200)
            {
                return Ok(());
            }
            tokio::time::sleep(PAUSE).await;
        }
        bail!("{} did not become ready in time", self.address)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Answer> {
        let request = match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        };
        fetch(request, &self.address).await
    }
}

async fn fetch(request: reqwest::RequestBuilder, address: &str) -> anyhow::Result<Answer> {
    let response = request
        .timeout(TIMEOUT)
        .send()
        .await
        .with_context(|| format!("asking {address}"))?;
    let status = response.status().as_u16();
    let body = response.bytes().await.context("reading an answer")?;
    Ok(Answer {
        status,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    })
}
