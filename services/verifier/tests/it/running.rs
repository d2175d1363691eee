//! A verifier over a ledger of one, and a client for it.

use std::sync::Arc;
use std::time::Duration;

use rand_core::SeedableRng;
use serde_json::{Value, json};
use theriac_client::wire::MisbehaviourPage;
use theriac_crypto::{Digest, digest};
use theriac_gs1::Gtin;
use theriac_http::api_key;
use theriac_http::clock::FixedClock;
use theriac_http::health::AlwaysReady;
use theriac_http::server::ServerSettings;
use theriac_http::task::Supervisor;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{AccountId, ChainId, PackKey, PackLocation, TransactionId};
use theriac_ledger::record::StoredRecord;
use theriac_ledger::state::{State, StateUnavailable};
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::{Actor, MemoryState, TestLedger, gtin};
use theriac_node::disputes::{Disputes, Subject};
use theriac_partner::application::Application;
use theriac_proof::{EvidenceBundle, Question};
use theriac_verifier::{
    Head, KeySettings, LedgerView, ProvenState, Service, SharedView, Snapshot, serve_view,
};

pub(crate) const STALE_AFTER_MS: u64 = 60_000;

/// A ledger that has stopped growing.
#[derive(Debug)]
struct Still(TestLedger);

impl LedgerView for Still {
    fn snapshot(&self) -> Snapshot {
        Snapshot {
            head: Head {
                height: self.0.height,
                time: self.0.time,
            },
            state: Arc::new(Unproven(self.0.state.clone())),
        }
    }

    fn misbehaviour(
        &self,
        _: Option<&Digest>,
        _: usize,
    ) -> Result<MisbehaviourPage, StateUnavailable> {
        Ok(MisbehaviourPage {
            misbehaviour: BoundedList::empty(),
            next: None,
        })
    }
}

/// A state in memory, without a tree to prove anything with.
struct Unproven(MemoryState);

impl ProvenState for Unproven {
    fn evidence(&self, _: &Question) -> Result<Option<EvidenceBundle>, StateUnavailable> {
        Ok(None)
    }

    fn disputes(&self, _: &Subject) -> Result<Disputes, StateUnavailable> {
        Ok(Disputes::default())
    }
}

impl State for Unproven {
    fn record(&self, key: &StateKey) -> Result<Option<StoredRecord>, StateUnavailable> {
        self.0.record(key)
    }

    fn find_pack(&self, key: &PackKey) -> Result<Option<PackLocation>, StateUnavailable> {
        self.0.find_pack(key)
    }

    fn is_included(&self, id: &TransactionId) -> Result<bool, StateUnavailable> {
        self.0.is_included(id)
    }

    fn chain_id(&self) -> ChainId {
        self.0.chain_id()
    }

    fn salt(&self) -> Digest {
        self.0.salt()
    }
}

pub(crate) struct Running {
    url: String,
    client: reqwest::Client,
    application: Application,
    pub(crate) clock: Arc<FixedClock>,
    /// Key of a member without an account.
    pub(crate) office_key: String,
    /// Key of the pharmacy.
    pub(crate) pharmacy_key: String,
}

/// The product that most tests scan.
pub(crate) fn product() -> Gtin {
    gtin("9506000", 1)
}

/// The serial that `TestLedger::commission` gives to a number.
pub(crate) fn serial(number: u32) -> String {
    digest("testing-serial", &number.to_le_bytes()).to_string()[..20].to_owned()
}

/// A pack's code as a DataMatrix scanner sends it.
pub(crate) fn pack_code(lot: &str, expiry: &str, number: u32) -> String {
    let (gtin, serial) = (product(), serial(number));
    format!("]d201{gtin}17{expiry}10{lot}\u{1d}21{serial}")
}

/// A verifier over `ledger`, whose last block is a second old.
pub(crate) fn start(ledger: TestLedger) -> Running {
    let anchor = Arc::new(ledger.anchor.clone());
    let pharmacy = ledger.consortium.account(Actor::Pharmacy);
    start_over(Arc::new(Still(ledger)), anchor, pharmacy)
}

/// A verifier over a view whose last block is a second old.
pub(crate) fn start_over(view: SharedView, anchor: Arc<Anchor>, pharmacy: AccountId) -> Running {
    let clock = Arc::new(FixedClock::new(view.snapshot().head.time.0 + 1_000));
    let mut rng = rand_chacha::ChaCha20Rng::seed_from_u64(1);
    let mut key = |name: &str, account: Option<AccountId>| {
        let (plain, hash) = api_key::generate(&mut rng);
        let settings = KeySettings {
            name: name.to_owned(),
            hash,
            scopes: Vec::new(),
            account,
        };
        (plain.to_string(), settings)
    };
    let (office_key, office) = key("office", None);
    let (pharmacy_key, pharmacy) = key("till-1", Some(pharmacy));
    let service = Service {
        server: ServerSettings::default(),
        api_keys: vec![office, pharmacy],
        view,
        readiness: Arc::new(AlwaysReady),
        clock: clock.clone(),
        stale_after_ms: STALE_AFTER_MS,
        anchor,
    };
    let application = serve_view(service, Supervisor::new()).unwrap();
    Running {
        url: format!("http://{}", application.address()),
        client: reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap(),
        application,
        clock,
        office_key,
        pharmacy_key,
    }
}

impl Running {
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The answer to a code, for whoever has the key.
    pub(crate) async fn verify(&self, code: &str, key: Option<&str>) -> Value {
        self.verify_at("/verify", code, key).await
    }

    /// As [`Running::verify`], asking for the evidence, too.
    pub(crate) async fn verify_with_evidence(&self, code: &str, key: Option<&str>) -> Value {
        self.verify_at("/verify?evidence=true", code, key).await
    }

    /// The response to a code of somebody without a key.
    pub(crate) async fn post_code(&self, code: &str) -> reqwest::Response {
        let body = json!({ "code": code }).to_string();
        self.post("application/json", body.into_bytes()).await
    }

    async fn verify_at(&self, path: &str, code: &str, key: Option<&str>) -> Value {
        let request = self.client.post(format!("{}{path}", self.url));
        let request = request.json(&json!({ "code": code }));
        let request = match key {
            Some(key) => request.bearer_auth(key),
            None => request,
        };
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    /// The response to a body of any type.
    pub(crate) async fn post(&self, media_type: &str, body: Vec<u8>) -> reqwest::Response {
        let request = self.client.post(format!("{}/verify", self.url));
        let request = request.header("content-type", media_type).body(body);
        request.send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        let request = self.client.get(format!("{}{path}", self.url));
        request.send().await.unwrap()
    }

    pub(crate) async fn stop(self) {
        drop(self.client);
        self.application.shutdown();
        self.application.stopped().await.unwrap();
    }
}
