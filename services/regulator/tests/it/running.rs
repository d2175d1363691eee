//! A chain folded into a database, a service over it, and a client.

use std::sync::Arc;
use std::time::Duration;

use rand_core::SeedableRng;
use tempfile::TempDir;
use theriac_crypto::{Digest, digest};
use theriac_gs1::Gtin;
use theriac_http::api_key::{self, ApiKeySettings, ApiKeys};
use theriac_http::health::{AlwaysReady, Version};
use theriac_http::metrics::Metrics;
use theriac_http::server::{Program, ServerSettings};
use theriac_http::task::Supervisor;
use theriac_ledger::action::{ActionBody, CommissionRun};
use theriac_ledger::block::{Header, Parent, transactions_root};
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{RunId, TransactionId};
use theriac_ledger::testing::{Actor, TestLedger, date, gtin, pack_keys, product, run_id};
use theriac_partner::application::Application;
use theriac_records::fold::{FinalBlock, FinalTransaction, fold_block};
use theriac_records::genesis::store_genesis;
use theriac_records::{Database, DatabaseSettings};
use theriac_regulator::serve_read_model;

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
        let path = folder.path().join("regulator.db");
        let settings = DatabaseSettings::new(format!("sqlite://{}?mode=rwc", path.display()));
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
        let body = body.into();
        let signed = self.ledger.sign(actor, body.clone());
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
        fold_block(&self.database, block).await.unwrap();
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

    /// Serves what was folded.
    pub(crate) fn serve(self) -> Running {
        let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let (key, hash) = api_key::generate(&mut rng);
        let (blind_key, blind_hash) = api_key::generate(&mut rng);
        let settings = |name: &str, hash, scopes: &[&str]| ApiKeySettings {
            name: name.to_owned(),
            hash,
            scopes: scopes.iter().map(ToString::to_string).collect(),
        };
        let version = Version {
            program: "regulator".to_owned(),
            version: "0".to_owned(),
        };
        let keys = vec![
            settings("inspector", hash, &["read"]),
            settings("blind", blind_hash, &[]),
        ];
        let program = Program {
            version,
            readiness: Arc::new(AlwaysReady),
            metrics: Metrics::new("regulator", "0").unwrap(),
            api_keys: ApiKeys::new(keys).unwrap(),
        };
        let (server, database) = (ServerSettings::default(), self.database);
        let application = serve_read_model(&server, program, database, Supervisor::new()).unwrap();
        Running {
            url: format!("http://{}", application.address()),
            client: reqwest::Client::builder()
                .timeout(Duration::from_secs(30))
                .build()
                .unwrap(),
            application,
            key: key.to_string(),
            blind_key: blind_key.to_string(),
            _folder: self.folder,
        }
    }
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
