//! A key was stolen: what it signed since then is marked, and stands.

use serde_json::{Value, json};
use theriac_crypto::{PublicKey, SigningKey};
use theriac_ledger::action::{ActionBody, UnpackContents};
use theriac_ledger::action::{EnactChange, Pack, ProposeChange, Purpose, Receive, Ship, Unpack};
use theriac_ledger::change::{Change, KeyRevocation};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{ChangeId, RunId, ShipmentId, Timestamp, TransactionId};
use theriac_ledger::testing::{Actor, packs, sscc};

use crate::running::{Chain, Running, number, serial};

/// A case of five packs at the distributor, who received it with the key that was stolen then and took
/// packs out with the key that he kept.
struct Theft {
    chain: Chain,
    received: TransactionId,
    received_at: Timestamp,
}

async fn theft() -> Theft {
    let mut chain = Chain::new().await;
    let run = chain.commission("A1", 10).await;
    let (own, stolen) = keys(&chain);
    let pack = Pack {
        sscc: sscc("9506000", 1),
        packs: packs(run, &[(0, 5)]),
        units: BoundedList::empty(),
    };
    chain.act(Actor::Maker, pack).await;
    let ship = Ship {
        to: chain.ledger.consortium.account(Actor::Distributor),
        purpose: Purpose::Supply,
        packs: BoundedList::empty(),
        units: BoundedList::new(vec![sscc("9506000", 1)]).unwrap(),
    };
    let shipment = ShipmentId::of_ship(&chain.act(Actor::Maker, ship).await);
    let receive = Receive {
        shipment,
        except: BoundedList::empty(),
    };
    let received = chain.act_with(&stolen, receive).await;
    let received_at = chain.ledger.time;
    chain.act_with(&own, take_out(run, 0)).await;
    Theft {
        chain,
        received,
        received_at,
    }
}

fn take_out(run: RunId, position: u32) -> ActionBody {
    let contents = UnpackContents::Some {
        packs: packs(run, &[(position, 1)]),
        units: BoundedList::empty(),
    };
    let sscc = sscc("9506000", 1);
    Unpack { sscc, contents }.into()
}

/// The key that the distributor keeps, and the one that was stolen.
fn keys(chain: &Chain) -> (SigningKey, SigningKey) {
    let consortium = &chain.ledger.consortium;
    let actor = Actor::Distributor;
    (consortium.key(actor), consortium.second_key(actor))
}

impl Theft {
    async fn revoke(&mut self, key: PublicKey, compromised_since: Timestamp) {
        let change = Change::RevokeKey(KeyRevocation {
            key,
            compromised_since,
        });
        let proposal = ProposeChange {
            change: change.clone(),
        };
        let proposed = self.chain.act(Actor::Distributor, proposal).await;
        let id = ChangeId::of_proposal(&proposed);
        let enactment = EnactChange { id, change };
        self.chain.act(Actor::Distributor, enactment).await;
    }
}

fn paths() -> [String; 3] {
    let gtin = number();
    [
        format!("packs?code=(01){gtin}(21){}", serial(0)),
        format!("lots/{gtin}/A1"),
        format!("units/{}", sscc("9506000", 1)),
    ]
}

async fn provenance(running: &Running, path: &str) -> Value {
    let (status, body) = running.get(&format!("/api/v1/provenance/{path}")).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

fn disputed(body: &Value) -> Vec<&str> {
    let events = body["events"].as_array().unwrap().iter();
    let events = events.filter(|event| event["disputed"].as_bool().unwrap());
    events
        .map(|event| event["transaction"].as_str().unwrap())
        .collect()
}

#[actix_web::test]
async fn what_a_stolen_key_signed_is_marked_for_pack_batch_and_unit() {
    let mut theft = theft().await;
    let (_, stolen) = keys(&theft.chain);
    theft.revoke(stolen.public_key(), theft.received_at).await;
    let received = theft.received.to_string();
    let running = theft.chain.serve().await;
    for path in paths() {
        let body = provenance(&running, &path).await;
        assert_eq!(disputed(&body), [received.as_str()], "{path}");
        let note = body["notes"][0].as_str().unwrap();
        let events = body["events"].as_array().unwrap().len();
        assert!(
            note.starts_with(&format!("1 of {events} events shown")),
            "{note}"
        );
        assert!(note.contains("these events stand"), "{note}");
    }
    let pack = provenance(&running, &paths()[0]).await;
    assert_eq!(pack["pack"]["holder"]["organisation"], "Rialto Trade");
    running.stop().await;
}

#[actix_web::test]
async fn nothing_is_marked_that_a_key_signed_before_it_was_stolen() {
    let mut theft = theft().await;
    let (_, stolen) = keys(&theft.chain);
    let since = theft.received_at.saturating_add(1);
    theft.revoke(stolen.public_key(), since).await;
    let running = theft.chain.serve().await;
    for path in paths() {
        let body = provenance(&running, &path).await;
        assert_eq!(disputed(&body), Vec::<&str>::new(), "{path}");
        assert_eq!(body["notes"], json!([]), "{path}");
    }
    running.stop().await;
}
