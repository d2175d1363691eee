//! Services as processes, and calling them as their users do.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use serde_json::{Value, json};
use theriac_http::api_key;
use theriac_http::keyfile;
use theriac_http::random::system_random;
use theriac_ledger::identifier::Height;
use theriac_ledger::testing::Actor;

use crate::network::{Network, PATIENCE, server, write_key};
use crate::ports::free_ports;
use crate::program::Program;
use crate::wait::eventually;

/// Time in which a service starts and follows the chain to its end on a busy machine.
const START: Duration = Duration::from_secs(30);

/// Time limit of a call.
const CALL: Duration = Duration::from_secs(40);

/// A service that can be started, stopped and started again with the same database.
#[derive(Debug)]
pub struct Service {
    subcommand: &'static str,
    folder: PathBuf,
    config: PathBuf,
    address: String,
    key: String,
    client: reqwest::Client,
    program: Option<Program>,
}

/// An answer of a service.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body; null where it was not JSON.
    pub body: Value,
}

impl Service {
    /// Prepares the service of an actor that talks to the given nodes; it is not started.
    pub fn prepare(
        network: &Network,
        subcommand: &'static str,
        actor: Actor,
        nodes: &[usize],
    ) -> Self {
        let mut folder = network.folder().join(subcommand);
        if folder.exists() {
            // A second one of its kind has a folder of its own.
            folder = network.folder().join(format!("{subcommand}-{actor:?}"));
        }
        write_key(&folder, &network.consortium.key(actor));
        let port = free_ports(1)[0];
        let (key, hash) = api_key::generate(&mut system_random());
        let nodes: Vec<String> = nodes
            .iter()
            .map(|index| network.nodes[*index].url.to_string())
            .collect();
        let mut config = json!({
            "server": server(port),
            "ledger": {
                "anchor": network.anchor_file(),
                "records": network.records_file(),
                "nodes": nodes,
            },
            "account": {
                "id": network.consortium.account(actor),
                "key": folder.join("key.pem"),
                "passphrase_file": folder.join("passphrase"),
            },
            "log": { "filter": "info" },
        });
        if subcommand == "verifier" {
            config["replica"] = json!({ "data_dir": folder.join("replica") });
        } else {
            let url = format!("sqlite://{}?mode=rwc", folder.join("service.db").display());
            config["database"] = json!({ "url": url });
        }
        config["api_key"] = json!([{ "name": "test", "hash": hash, "scopes": ["read", "write"] }]);
        let text = toml::to_string(&config).expect("a configuration is TOML");
        std::fs::write(folder.join("service.toml"), text).expect("a file in a new folder");
        keyfile::write_private(&folder.join("api-key"), key.as_bytes()).expect("a new file");
        Self {
            subcommand,
            config: folder.join("service.toml"),
            address: format!("http://127.0.0.1:{port}"),
            key: key.to_string(),
            client: http_client(),
            folder,
            program: None,
        }
    }

    /// A service whose configuration somebody else wrote; it is not started.
    pub fn adopt(subcommand: &'static str, config: &Path, address: &str, key_file: &Path) -> Self {
        let folder = config.parent().expect("a file in a folder").to_owned();
        Self {
            subcommand,
            config: config.to_owned(),
            address: address.to_owned(),
            key: std::fs::read_to_string(key_file).expect("the key of its user"),
            client: http_client(),
            folder,
            program: None,
        }
    }

    /// Starts its process.
    pub fn launch(&mut self) -> &mut Program {
        let log = self.folder.join("log");
        let config = self.config().to_owned();
        let arguments = [self.subcommand, "--config", &config];
        self.program
            .insert(Program::start(self.subcommand, &arguments, &log))
    }

    /// Starts its process and waits until it says that it is ready.
    pub async fn start(&mut self) {
        self.launch();
        let what = format!("the {} is ready", self.subcommand);
        let this = std::cell::RefCell::new(self);
        eventually(&what, START, || {
            this.borrow_mut().assert_running();
            let call = this.borrow().request("/readyz");
            async {
                call.send()
                    .await
                    .ok()
                    .filter(|answer| answer.status().is_success())
            }
        })
        .await;
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut program) = self.program.take() {
            program.kill();
        }
    }

    /// Asks it to end, and waits.
    pub fn stop(&mut self) -> Option<ExitStatus> {
        self.program.take().map(|mut program| program.stop())
    }

    /// Opens its database otherwise from the next start on: `rwc`, or `ro` to read only.
    pub fn set_database_mode(&mut self, mode: &str) {
        self.configure(|text| {
            let (start, rest) = text
                .split_once("?mode=")
                .expect("a service with a database");
            let (_, end) = rest.split_once('"').expect("a string in TOML");
            format!("{start}?mode={mode}\"{end}")
        });
    }

    /// Signs with another key of its account from the next start on.
    pub fn set_key(&mut self, key: &Path, passphrase: &Path) {
        self.configure(|text| {
            let mut config: toml::Table = text.parse().expect("its own configuration");
            let account = config["account"].as_table_mut().expect("an account");
            let path = |file: &Path| file.to_str().expect("a UTF-8 name").to_owned().into();
            account.insert("key".to_owned(), path(key));
            account.insert("passphrase_file".to_owned(), path(passphrase));
            config.to_string()
        });
    }

    /// Is told where the service of another account answers, from the next start on.
    pub fn set_partner(&mut self, account: &str, address: &str) {
        let partner = json!({ "account": account, "address": address });
        self.configure(|text| {
            let mut config: toml::Table = text.parse().expect("its own configuration");
            let partners = config
                .entry("partner")
                .or_insert_with(|| toml::Value::Array(Vec::new()));
            let partner = toml::Value::try_from(&partner).expect("texts are TOML");
            partners.as_array_mut().expect("a list").push(partner);
            config.to_string()
        });
    }

    /// Keeps everything in another database from the next start on.
    pub fn set_database(&mut self, url: &str) {
        self.set_section("database", &json!({ "url": url }));
    }

    /// Has this section in its configuration from the next start on.
    pub fn set_section(&mut self, name: &str, content: &Value) {
        self.configure(|text| {
            let mut config: toml::Table = text.parse().expect("its own configuration");
            let content = toml::Value::try_from(content).expect("a table of TOML");
            config.insert(name.to_owned(), content);
            config.to_string()
        });
    }

    /// Its configuration file.
    pub fn config(&self) -> &str {
        let path = self.config.to_str();
        path.expect("a temporary folder has a UTF-8 name")
    }

    fn configure(&self, change: impl FnOnce(&str) -> String) {
        let text = std::fs::read_to_string(&self.config).expect("its own configuration");
        std::fs::write(&self.config, change(&text)).expect("its own configuration");
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// File with the API key of its user.
    pub fn key_file(&self) -> PathBuf {
        self.folder.join("api-key")
    }

    /// Where it answers.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Reads something.
    pub async fn get(&self, path: &str) -> Answer {
        self.try_get(path).await.expect("the service answers")
    }

    /// Reads something that is not JSON, such as a picture.
    pub async fn get_bytes(&self, path: &str) -> Vec<u8> {
        let response = self.request(path).send().await;
        let response = response.expect("the service answers");
        assert!(response.status().is_success(), "{path}: {response:?}");
        response.bytes().await.expect("a whole answer").to_vec()
    }

    /// Like [`Service::get`]; nothing while the service does not answer.
    pub async fn try_get(&self, path: &str) -> Option<Answer> {
        answer(self.request(path)).await
    }

    /// Asks for something, once: `name` is the idempotency key.
    pub async fn post(&self, name: &str, path: &str, body: &Value) -> Answer {
        self.try_post(name, path, body)
            .await
            .expect("the service answers")
    }

    /// Like [`Service::post`]; nothing while the service does not answer.
    pub async fn try_post(&self, name: &str, path: &str, body: &Value) -> Option<Answer> {
        let request = self
            .client
            .post(format!("{}{path}", self.address))
            .bearer_auth(&self.key);
        answer(request.header("Idempotency-Key", name).json(body)).await
    }

    /// Hands in bytes, without signing in.
    pub async fn post_bytes(&self, path: &str, bytes: Vec<u8>) -> Answer {
        let request = self.client.post(format!("{}{path}", self.address));
        let request = request.header("Content-Type", "application/octet-stream");
        answer(request.body(bytes))
            .await
            .expect("the service answers")
    }

    /// Asks for something that must become final; gives the answer and the height.
    pub async fn act(&self, name: &str, path: &str, body: &Value) -> (Value, Height) {
        let answer = self.post(name, path, body).await;
        let told = format!("{} {path}: {}", self.subcommand, answer.body);
        assert_eq!(answer.status, 200, "{told}");
        assert_eq!(answer.body["state"], "final", "{told}");
        let transactions = answer.body["transactions"].as_array();
        let heights = transactions
            .into_iter()
            .flatten()
            .filter_map(|one| one["height"].as_u64());
        let height = heights.max().expect("a final transaction has a height");
        (answer.body, height)
    }

    /// Signs a person in; gives the cookie, as a browser sends it back.
    pub async fn sign_in(&self, user: &str, password: &str) -> String {
        let request = self
            .client
            .post(format!("{}/api/v1/sessions", self.address));
        let body = json!({ "user": user, "password": password });
        let response = request.json(&body).send().await;
        let response = response.expect("the service answers");
        assert_eq!(response.status(), 201, "{user} signs in");
        let set = response.headers()["set-cookie"].to_str();
        let set = set.expect("visible ASCII");
        set.split(';').next().unwrap_or_default().to_owned()
    }

    /// Reads something for a person that signed in.
    pub async fn get_as(&self, cookie: &str, path: &str) -> Answer {
        let request = self.client.get(format!("{}{path}", self.address));
        answer(request.header("Cookie", cookie))
            .await
            .expect("the service answers")
    }

    /// Asks for something, once, for a person that signed in.
    pub async fn post_as(&self, cookie: &str, name: &str, path: &str, body: &Value) -> Answer {
        let request = self.client.post(format!("{}{path}", self.address));
        let request = request
            .header("Cookie", cookie)
            .header("Idempotency-Key", name);
        answer(request.json(body))
            .await
            .expect("the service answers")
    }

    /// Opens a stream of server-sent events, after one that was seen.
    pub async fn follow_events(&self, path: &str, seen: Option<&str>) -> reqwest::Response {
        let mut request = self.request(path);
        if let Some(seen) = seen {
            request = request.header("Last-Event-ID", seen);
        }
        let response = request.send().await.expect("the service answers");
        assert_eq!(response.status(), 200, "{path}");
        response
    }

    /// Waits until its read model has a height.
    pub async fn follow(&self, height: Height) {
        let what = format!("the {} is at height {height}", self.subcommand);
        eventually(&what, PATIENCE, || async {
            let status = self.try_get("/api/v1/status").await?;
            let reached = status.body["height"].as_u64()? >= height;
            reached.then_some(())
        })
        .await;
    }

    /// Fails the test when it ended by itself.
    pub fn assert_running(&mut self) {
        if let Some(program) = &mut self.program {
            program.assert_running();
        }
    }

    fn request(&self, path: &str) -> reqwest::RequestBuilder {
        self.client
            .get(format!("{}{path}", self.address))
            .bearer_auth(&self.key)
    }
}

fn http_client() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().timeout(CALL).build();
    client.expect("an HTTP client")
}

async fn answer(request: reqwest::RequestBuilder) -> Option<Answer> {
    let response = request.send().await.ok()?;
    let status = response.status().as_u16();
    let body = response.bytes().await.ok()?;
    Some(Answer {
        status,
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    })
}
