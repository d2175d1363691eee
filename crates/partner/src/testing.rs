//! A desk of an actor over a ledger in memory whose blocks are folded, for unit tests.

use std::sync::Arc;

use serde_json::{Value, json};
use tempfile::TempDir;
use theriac_crypto::{Digest, PublicKey};
use theriac_gs1::{Gtin, Sscc};
use theriac_http::clock::FixedClock;
use theriac_ledger::action::{ActionBody, Pack, Purpose, Receive, Ship};
use theriac_ledger::block::{Header, Parent, transactions_root};
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{RunId, ShipmentId, TransactionId};
use theriac_ledger::testing::{
    Actor, TestLedger, commission_run, gtin, packs, product, run_id, serial,
};
use theriac_records::fold::{BatchFold, FinalBlock, FinalTransaction};
use theriac_records::genesis::store_genesis;
use theriac_records::{Database, DatabaseSettings};

use crate::operation::Desk;

pub(crate) struct TestDesk {
    pub(crate) ledger: TestLedger,
    pub(crate) db: Database,
    parent: Parent,
    _folder: TempDir,
}

/// The product of these tests.
pub(crate) fn item() -> Gtin {
    gtin("9506000", 7)
}

/// Its one run.
pub(crate) fn run() -> RunId {
    run_id(item(), "LOT-A", 0)
}

/// The pack at a position, as events name it.
pub(crate) fn pack_link(position: u32) -> Value {
    let link = format!(
        "https://id.gs1.org/01/{}/21/{}",
        item(),
        serial(position).as_str()
    );
    Value::from(link)
}

/// A unit, as events name it.
pub(crate) fn unit_link(sscc: Sscc) -> Value {
    Value::from(format!("https://id.gs1.org/00/{sscc}"))
}

/// An event of 2026-01-01, soon after these ledgers begin.
pub(crate) fn event(kind: &str, action: &str, step: &str) -> Value {
    json!({
        "type": kind, "action": action, "bizStep": step,
        "eventTime": "2026-01-01T00:00:01Z", "eventTimeZoneOffset": "+00:00",
    })
}

/// A document of events.
pub(crate) fn document(events: &[Value]) -> String {
    json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-01T00:00:01Z",
        "epcisBody": { "eventList": events },
    })
    .to_string()
}

impl TestDesk {
    /// The maker has brought so many packs into being.
    pub(crate) async fn new(seed: u64, count: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.sqlite");
        let settings = DatabaseSettings::new(format!("sqlite://{}?mode=rwc", path.display()));
        let db = Database::open(&settings).await.unwrap();
        let ledger = TestLedger::new(seed);
        store_genesis(&db, &ledger.anchor, &ledger.consortium.records)
            .await
            .unwrap();
        let mut desk = Self {
            parent: Parent::genesis(&ledger.anchor),
            ledger,
            db,
            _folder: folder,
        };
        desk.act(Actor::Maker, product(item())).await;
        desk.act(Actor::Maker, commission_run(run(), 0, count))
            .await;
        desk
    }

    /// A desk at which an actor's requests are planned.
    pub(crate) fn of(&self, actor: Actor) -> Desk {
        Desk {
            database: self.db.clone(),
            account: self.ledger.consortium.account(actor),
            organisation: self.ledger.consortium.organisation(actor),
            clock: Arc::new(FixedClock::new(self.ledger.time.0)),
        }
    }

    /// A legal action in a block of its own.
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
            proposer: PublicKey([0; 32]),
            transactions_root: transactions_root(std::slice::from_ref(&signed)),
            transaction_count: 1,
            state_root: Digest::ZERO,
            validators: self.parent.next_validators,
            next_validators: self.parent.next_validators,
        };
        self.parent = Parent::of(&header);
        let transactions = [FinalTransaction {
            id,
            signed: &signed,
            body: &body,
        }];
        let block = FinalBlock {
            header: &header,
            transactions: &transactions,
        };
        BatchFold::default().fold(&self.db, &[block]).await.unwrap();
        id
    }

    /// Packs at positions go into a unit.
    pub(crate) async fn pack(&mut self, actor: Actor, sscc: Sscc, ranges: &[(u32, u32)]) {
        let units = BoundedList::empty();
        let packs = packs(run(), ranges);
        self.act(actor, Pack { sscc, packs, units }).await;
    }

    /// Packs and units leave for another account.
    pub(crate) async fn ship(
        &mut self,
        (from, to): (Actor, Actor),
        purpose: Purpose,
        ranges: &[(u32, u32)],
        units: Vec<Sscc>,
    ) -> ShipmentId {
        let action = Ship {
            to: self.ledger.consortium.account(to),
            purpose,
            packs: packs(run(), ranges),
            units: BoundedList::new(units).unwrap(),
        };
        ShipmentId::of_ship(&self.act(from, action).await)
    }

    /// The addressee receives a shipment whole.
    pub(crate) async fn receive(&mut self, actor: Actor, shipment: ShipmentId) {
        let except = BoundedList::empty();
        self.act(actor, Receive { shipment, except }).await;
    }
}
