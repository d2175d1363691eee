//! A manufacturer whose nodes are down, over a read model with one batch, and a client for it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use theriac_client::Generator;
use theriac_crypto::{Digest, PublicKey};
use theriac_http::api_key::{self, ApiKeySettings, ApiKeys};
use theriac_http::clock::SystemClock;
use theriac_http::config::Secret;
use theriac_http::keyfile::write_signing_key;
use theriac_http::logging::LogSettings;
use theriac_http::random::system_random;
use theriac_http::server::ServerSettings;
use theriac_ledger::action::{ActionBody, CommissionRun};
use theriac_ledger::block::{Header, Parent, transactions_root};
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::PackKey;
use theriac_ledger::testing::{Actor, Consortium, date, product};
use theriac_ledger::transaction::Transaction;
use theriac_manufacturer::{Config, start};
use theriac_partner::application::Application;
use theriac_partner::draft::{ApprovalSettings, DraftKind};
use theriac_partner::people::{NewUser, People, PeopleSetup, SignInSettings};
use theriac_partner::settings::{
    AccountSettings, DatabaseSettings, DigitalLinkSettings, LedgerSettings,
};
use theriac_partner::webhook::WebhookSettings;
use theriac_records::fold::{BatchFold, FinalBlock, FinalTransaction};
use theriac_records::genesis::store_genesis;
use theriac_records::repository::users::Role;
use theriac_records::{Database, DatabaseSettings as RecordsSettings};

pub(crate) const GTIN: &str = "09506000134352";
pub(crate) const LOT: &str = "B1";
pub(crate) const EXPIRY: &str = "2049-12-31";
pub(crate) const MANUFACTURED: &str = "2026-01-01";
/// Packs of the batch in the read model; their serials are `S0`, `S1` and so on.
pub(crate) const PACKS: u32 = 1_000;
/// The password of every user.
pub(crate) const PASSWORD: &str = "correct horse battery";
const LINK_BASE: &str = "https://id.example.org";

pub(crate) struct Running {
    url: String,
    client: reqwest::Client,
    application: Application,
    pub(crate) key: String,
    pub(crate) reader_key: String,
    pub(crate) approver_key: String,
    pub(crate) distributor: String,
    /// Address of its database.
    pub(crate) database: String,
    _folder: TempDir,
}

/// Starts a manufacturer whose only node does not answer.
pub(crate) async fn running() -> Running {
    running_on("rwc").await
}

/// The same over a database that is opened so: `rwc`, or `ro` for one that takes no writes.
pub(crate) async fn running_on(mode: &str) -> Running {
    start_with(mode, ApprovalSettings::default()).await
}

/// The same, where requests of these kinds need a second person.
pub(crate) async fn running_with_approval(kinds: &[DraftKind]) -> Running {
    let needed_for = kinds.iter().copied().collect();
    start_with("rwc", ApprovalSettings { needed_for }).await
}

async fn start_with(mode: &str, approval: ApprovalSettings) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let consortium = Consortium::new(1);
    let anchor = consortium.anchor(Digest::ZERO);
    let file = |name: &str| folder.path().join(name);
    fs::write(file("genesis.json"), serde_json::to_vec(&anchor).unwrap()).unwrap();
    let records = serde_json::to_vec(&consortium.records).unwrap();
    fs::write(file("members.json"), records).unwrap();
    fs::write(file("passphrase"), "correct horse").unwrap();
    let only_owner = fs::Permissions::from_mode(0o600);
    fs::set_permissions(file("passphrase"), only_owner).unwrap();
    let signing = consortium.key(Actor::Maker);
    let mut rng = system_random();
    write_signing_key(&file("key.pem"), &signing, b"correct horse", &mut rng).unwrap();
    let database = file("service.db");
    let url = |mode: &str| format!("sqlite://{}?mode={mode}", database.display());
    fill(&url("rwc"), &consortium, &anchor).await;
    add_users(&url("rwc")).await;
    let (key, writer) = api_key("line-1", &["read", "write"]);
    let (reader_key, reader) = api_key("office", &["read"]);
    let (approver_key, approver) = api_key("quality", &["read", "write", "approve"]);
    let config = Config {
        server: ServerSettings::default(),
        ledger: LedgerSettings {
            anchor: file("genesis.json"),
            records: file("members.json"),
            nodes: vec![format!("http://{}", closed_port())],
        },
        account: AccountSettings::with_key_file(
            consortium.account(Actor::Maker),
            file("key.pem"),
            file("passphrase"),
        ),
        database: DatabaseSettings {
            url: Secret::new(url(mode)),
        },
        partner: Vec::new(),
        api_key: vec![writer, reader, approver],
        approval,
        sign_in: SignInSettings::default(),
        webhooks: WebhookSettings {
            allow_internal: true,
            first_retry_ms: 20,
            attempts_max: 3,
            ca_file: None,
        },
        log: LogSettings::default(),
        digital_link: DigitalLinkSettings {
            base: LINK_BASE.to_owned(),
        },
    };
    let application = start(config).await.unwrap();
    Running {
        url: format!("http://{}", application.address()),
        client: reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap(),
        application,
        key,
        reader_key,
        approver_key,
        distributor: consortium.account(Actor::Distributor).to_string(),
        database: url("rw"),
        _folder: folder,
    }
}

/// One user of each role, named like it; the operator has a PIN.
async fn add_users(url: &str) {
    let database = Database::open(&RecordsSettings::new(url)).await.unwrap();
    let people = People::new(PeopleSetup {
        service: "manufacturer",
        db: database.clone(),
        clock: SystemClock::shared(),
        generator: Generator::system(),
        keys: ApiKeys::default(),
        settings: SignInSettings::default(),
    })
    .unwrap();
    for (name, role) in [
        ("viewer", Role::Viewer),
        ("operator", Role::Operator),
        ("approver", Role::Approver),
        ("administrator", Role::Administrator),
    ] {
        let password = PASSWORD;
        let new = NewUser {
            name,
            role,
            password,
        };
        people.add_user(new).await.unwrap();
    }
    database.close().await.unwrap();
}

fn api_key(name: &str, scopes: &[&str]) -> (String, ApiKeySettings) {
    let (plain, hash) = api_key::generate(&mut system_random());
    let settings = ApiKeySettings {
        name: name.to_owned(),
        hash,
        scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
    };
    (plain.to_string(), settings)
}

/// An address on which nobody listens: it was free a moment ago, and is bound to nothing.
fn closed_port() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

/// Folds one block with a product and a batch into a new read model.
async fn fill(url: &str, consortium: &Consortium, anchor: &Anchor) {
    let database = Database::open(&RecordsSettings::new(url)).await.unwrap();
    store_genesis(&database, anchor, &consortium.records)
        .await
        .unwrap();
    let gtin = GTIN.parse().unwrap();
    let keys: Vec<PackKey> = (0..PACKS)
        .map(|number| PackKey::new(&gtin, &format!("S{number}").parse().unwrap()))
        .collect();
    let run = CommissionRun {
        gtin,
        lot: LOT.parse().unwrap(),
        number: 0,
        expiry: date(EXPIRY),
        manufactured: date(MANUFACTURED),
        keys: keys.try_into().unwrap(),
    };
    let bodies = [
        ActionBody::RegisterProduct(product(gtin)),
        ActionBody::CommissionRun(run),
    ];
    let parent = Parent::genesis(anchor);
    let key = consortium.key(Actor::Maker);
    let signed: Vec<_> = (1_u8..)
        .zip(&bodies)
        .map(|(salt, body)| {
            Transaction {
                signer: key.public_key(),
                salt: [salt; 16],
                valid_until: parent.time.saturating_add(60_000),
                action: body.to_action().unwrap(),
                details: None,
            }
            .sign(&parent.chain_id, &key)
        })
        .collect();
    let header = Header {
        protocol: PROTOCOL,
        chain_id: parent.chain_id,
        height: 1,
        time: parent.time.saturating_add(1_000),
        parent: parent.digest,
        proposer: PublicKey([0; 32]),
        transactions_root: transactions_root(&signed),
        transaction_count: 2,
        state_root: Digest::ZERO,
        validators: parent.next_validators,
        next_validators: parent.next_validators,
    };
    let transactions: Vec<_> = signed
        .iter()
        .zip(&bodies)
        .map(|(signed, body)| FinalTransaction {
            id: signed.transaction.id(&parent.chain_id),
            signed,
            body,
        })
        .collect();
    let block = FinalBlock {
        header: &header,
        transactions: &transactions,
    };
    BatchFold::default()
        .fold(&database, &[block])
        .await
        .unwrap();
    database.close().await.unwrap();
}

impl Running {
    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        let request = self.client.get(format!("{}{path}", self.url));
        request.bearer_auth(&self.reader_key).send().await.unwrap()
    }

    /// A write under an idempotency key.
    pub(crate) async fn post(&self, name: &str, path: &str, body: &Value) -> reqwest::Response {
        let request = self.request(path).header("Idempotency-Key", name);
        request.json(body).send().await.unwrap()
    }

    pub(crate) async fn post_csv(&self, path: &str, file: String) -> reqwest::Response {
        let request = self.request(path).header("Idempotency-Key", "file");
        let request = request.header("Content-Type", "text/csv");
        request.body(file).send().await.unwrap()
    }

    /// A write with the API key and nothing else.
    pub(crate) fn request(&self, path: &str) -> reqwest::RequestBuilder {
        let request = self.client.post(format!("{}{path}", self.url));
        request.bearer_auth(&self.key)
    }

    /// A write of the one who may approve.
    pub(crate) async fn post_as_approver(
        &self,
        name: &str,
        path: &str,
        body: &Value,
    ) -> reqwest::Response {
        let request = self.client.post(format!("{}{path}", self.url));
        let request = request.bearer_auth(&self.approver_key);
        let request = request.header("Idempotency-Key", name);
        request.json(body).send().await.unwrap()
    }

    /// A write without any key.
    pub(crate) fn anonymous(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.post(format!("{}{path}", self.url))
    }

    /// A request of any kind, without credentials.
    pub(crate) fn plain(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// Signs in; gives the cookie.
    pub(crate) async fn sign_in(&self, user: &str) -> String {
        let body = json!({ "user": user, "password": PASSWORD });
        let request = self.plain(reqwest::Method::POST, "/api/v1/sessions");
        let response = request.json(&body).send().await.unwrap();
        assert_eq!(response.status(), 201, "{user}");
        cookie_of(&response)
    }

    /// A request in a session: status and body, which is null where there is none.
    pub(crate) async fn by(
        &self,
        cookie: &str,
        method: reqwest::Method,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let mut request = self.plain(method, path).header("Cookie", cookie);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.bytes().await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    pub(crate) async fn stop(self) {
        drop(self.client);
        self.application.shutdown();
        self.application.stopped().await.unwrap();
    }
}

/// The cookie that a response sets, as a browser sends it back.
pub(crate) fn cookie_of(response: &reqwest::Response) -> String {
    let set = response.headers()["set-cookie"].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

/// Status and body of a response.
pub(crate) async fn read(response: reqwest::Response) -> (u16, Value) {
    let status = response.status().as_u16();
    (status, response.json().await.unwrap())
}

/// Places and codes of the faults that a problem lists.
pub(crate) fn faults(problem: &Value) -> Vec<(String, String)> {
    let errors = problem["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| {
            let text = |key: &str| error[key].as_str().unwrap().to_owned();
            (text("at"), text("code"))
        })
        .collect()
}
