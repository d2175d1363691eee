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

/// A client of programs on this machine. The proxy of the environment, if there is one, does not reach
/// this machine's loopback, and is not to see the keys.
pub(crate) fn loopback_client() -> anyhow::Result<reqwest::Client> {
    let client = reqwest::Client::builder().no_proxy().build();
    client.context("making an HTTP client")
}

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

    /// Reads something that another program knows already, and this one will within moments; its 404
    /// once all patience is at an end.
    pub(crate) async fn get_soon(&self, path: &str) -> anyhow::Result<Answer> {
        for _ in 1..LOOKS {
            let answer = self.get(path).await?;
            if answer.status != 404 {
                return Ok(answer);
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.get(path).await
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
        self.verify_as(None, code, height).await
    }

    /// The same for whoever has the key.
    pub(crate) async fn verify_signed_in(&self, code: &str, height: u64) -> anyhow::Result<Answer> {
        self.verify_as(self.key.as_deref(), code, height).await
    }

    async fn verify_as(
        &self,
        key: Option<&str>,
        code: &str,
        height: u64,
    ) -> anyhow::Result<Answer> {
        for _ in 0..LOOKS {
            let request = self.client.post(format!("{}/verify", self.address));
            let request = request.json(&json!({ "code": code }));
            let request = match key {
                Some(key) => request.bearer_auth(key),
                None => request,
            };
            let answer = fetch(request, &self.address).await?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    /// Gives these answers, each on a connection of its own, and ends.
    async fn serve(listener: &TcpListener, answers: &[&str]) -> std::io::Result<()> {
        for answer in answers {
            let (mut stream, _) = listener.accept().await?;
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await?);
            }
            stream.write_all(answer.as_bytes()).await?;
            stream.shutdown().await?;
        }
        Ok(())
    }

    #[tokio::test]
    async fn what_is_not_there_yet_is_asked_for_again() {
        const NOT_YET: &str =
            "HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
        const THERE: &str =
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 12\r\n\r\n{\"height\":7}";
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let api = Api::new(&loopback_client().unwrap(), address, None);
        let answers = [NOT_YET, NOT_YET, THERE];
        let (served, answer) = tokio::join!(serve(&listener, &answers), api.get_soon("/headers/7"));
        served.unwrap();
        let answer = answer.unwrap();
        assert_eq!((answer.status, &answer.body["height"]), (200, &json!(7)));
    }
}
