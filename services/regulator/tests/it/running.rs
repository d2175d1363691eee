//! A chain folded into a database, a service over it, and a client.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use tempfile::TempDir;
use theriac_crypto::{Digest, SigningKey, digest};
use theriac_gs1::Gtin;
use theriac_http::api_key::{self, ApiKeySettings};
use theriac_http::config::Secret;
use theriac_http::keyfile::{write_private, write_signing_key};
use theriac_http::logging::LogSettings;
use theriac_http::random::system_random;
use theriac_http::server::ServerSettings;
use theriac_ledger::action::{ActionBody, CommissionRun};
use theriac_ledger::block::{Header, Parent, transactions_root};
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{RunId, TransactionId};
use theriac_ledger::testing::{Actor, TestLedger, date, gtin, pack_keys, product, run_id};
use theriac_partner::application::Application;
use theriac_partner::draft::ApprovalSettings;
use theriac_partner::people::SignInSettings;
use theriac_partner::settings::{
    AccountSettings, DatabaseSettings, DigitalLinkSettings, LedgerSettings,
};
use theriac_partner::webhook::WebhookSettings;
use theriac_records::fold::{BatchFold, FinalBlock, FinalTransaction};
use theriac_records::genesis::store_genesis;
use theriac_records::{Database, DatabaseSettings as RecordsSettings};
use theriac_regulator::{Config, start};

const PASSPHRASE: &[u8] = b"correct horse";

/// The product of the story.
pub(crate) fn number() -> Gtin {
    gtin("9506000", 1)
}

/// The serial that a pack's number stands for.
pub(crate) fn serial(number: u32) -> String {
    digest("testing-serial", &number.to_le_bytes()).to_string()[..20].to_owned()
}

/// A ledger of one whose blocks are folded as they come.
pub(crate) struct Chain {
    pub(crate) ledger: TestLedger,
    parent: Parent,
    pub(crate) database: Database,
    folder: TempDir,
}

impl Chain {
    pub(crate) async fn new() -> Self {
        let ledger = TestLedger::new(1);
        let folder = tempfile::tempdir().unwrap();
        let settings = RecordsSettings::new(url_of(&folder));
        let database = Database::open(&settings).await.unwrap();
        store_genesis(&database, &ledger.anchor, &ledger.consortium.records)
            .await
            .unwrap();
        Self {
            parent: Parent::genesis(&ledger.anchor),
            ledger,
            database,
            folder,
        }
    }

    /// Puts an action on the ledger, in a block of its own.
    pub(crate) async fn act(&mut self, actor: Actor, body: impl Into<ActionBody>) -> TransactionId {
        let key = self.ledger.consortium.key(actor);
        self.act_with(&key, body).await
    }

    /// The same for whoever has a key.
    pub(crate) async fn act_with(
        &mut self,
        key: &SigningKey,
        body: impl Into<ActionBody>,
    ) -> TransactionId {
        let body = body.into();
        let signed = self.ledger.sign_with(key, body.clone());
        let id = self.ledger.submit(signed.clone()).unwrap();
        let header = Header {
            protocol: PROTOCOL,
            chain_id: self.parent.chain_id,
            height: self.ledger.height,
            time: self.ledger.time,
            parent: self.parent.digest,
            proposer: self.ledger.consortium.validator_keys[0].public_key(),
            transactions_root: transactions_root(std::slice::from_ref(&signed)),
            transaction_count: 1,
            state_root: Digest::ZERO,
            validators: self.parent.next_validators,
            next_validators: self.parent.next_validators,
        };
        let transaction = FinalTransaction {
            id,
            signed: &signed,
            body: &body,
        };
        let block = FinalBlock {
            header: &header,
            transactions: &[transaction],
        };
        BatchFold::default()
            .fold(&self.database, &[block])
            .await
            .unwrap();
        self.parent = Parent::of(&header);
        id
    }

    /// Registers the product and commissions `count` packs of a lot, numbered from 0.
    pub(crate) async fn commission(&mut self, lot: &str, count: u32) -> RunId {
        self.act(Actor::Maker, product(number())).await;
        let run = run_id(number(), lot, 0);
        let action = CommissionRun {
            gtin: number(),
            lot: run.lot,
            number: 0,
            expiry: date("2027-12-31"),
            manufactured: date("2025-12-01"),
            keys: BoundedList::new(pack_keys(&number(), 0, count)).unwrap(),
        };
        self.act(Actor::Maker, action).await;
        run
    }

    /// Serves what was folded; no node answers.
    pub(crate) async fn serve(self) -> Running {
        let consortium = &self.ledger.consortium;
        let file = |name: &str| self.folder.path().join(name);
        fs::write(file("genesis.json"), json(&self.ledger.anchor)).unwrap();
        fs::write(file("members.json"), json(&consortium.records)).unwrap();
        write_private(&file("passphrase"), PASSPHRASE).unwrap();
        let signing = consortium.key(Actor::Regulator);
        write_signing_key(&file("key.pem"), &signing, PASSPHRASE, &mut system_random()).unwrap();
        let (key, inspector) = api_key("inspector", &["read"]);
        let (blind_key, blind) = api_key("blind", &[]);
        let config = Config {
            server: ServerSettings::default(),
            ledger: LedgerSettings {
                anchor: file("genesis.json"),
                records: file("members.json"),
                nodes: vec![format!("http://{}", closed_port())],
            },
            account: AccountSettings::with_key_file(
                consortium.account(Actor::Regulator),
                file("key.pem"),
                file("passphrase"),
            ),
            database: DatabaseSettings {
                url: Secret::new(url_of(&self.folder)),
            },
            partner: Vec::new(),
            api_key: vec![inspector, blind],
            sign_in: SignInSettings::default(),
            webhooks: WebhookSettings::default(),
            log: LogSettings::default(),
            digital_link: DigitalLinkSettings::default(),
            approval: ApprovalSettings::default(),
        };
        self.database.close().await.unwrap();
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
            blind_key,
            _folder: self.folder,
        }
    }
}

fn url_of(folder: &TempDir) -> String {
    let path = folder.path().join("regulator.db");
    format!("sqlite://{}?mode=rwc", path.display())
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

fn api_key(name: &str, scopes: &[&str]) -> (String, ApiKeySettings) {
    let (plain, hash) = api_key::generate(&mut system_random());
    let settings = ApiKeySettings {
        name: name.to_owned(),
        hash,
        scopes: scopes.iter().map(ToString::to_string).collect(),
    };
    (plain.to_string(), settings)
}

/// An address on which nobody listens: it was free a moment ago, and is bound to nothing.
fn closed_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

pub(crate) struct Running {
    url: String,
    client: reqwest::Client,
    application: Application,
    key: String,
    /// A key without any scope.
    pub(crate) blind_key: String,
    _folder: TempDir,
}

impl Running {
    pub(crate) async fn get_as(&self, path: &str, key: Option<&str>) -> reqwest::Response {
        let request = self.client.get(format!("{}{path}", self.url));
        let request = match key {
            Some(key) => request.bearer_auth(key),
            None => request,
        };
        request.send().await.unwrap()
    }

    /// Status and body of what the inspector asks for.
    pub(crate) async fn get(&self, path: &str) -> (u16, serde_json::Value) {
        let response = self.get_as(path, Some(&self.key)).await;
        (response.status().as_u16(), response.json().await.unwrap())
    }

    pub(crate) async fn stop(self) {
        drop(self.client);
        self.application.shutdown();
        self.application.stopped().await.unwrap();
    }
}
