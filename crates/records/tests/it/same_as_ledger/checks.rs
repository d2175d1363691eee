//! What the tables say, beside what the ledger says.

use std::collections::BTreeMap;

use theriac_ledger::identifier::{AccountId, PackLocation};
use theriac_ledger::record::{HandlingUnit, KeyRecord, LotRecord, Shipment, ShipmentState};
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::Actor;
use theriac_records::Database;
use theriac_records::repository::contents::{Container, find_contents};
use theriac_records::repository::provenance::trace_lot;
use theriac_records::repository::shipments::{ShipmentOutcome, find_shipment};
use theriac_records::repository::stock::{StockPlace, page_stock};
use theriac_records::repository::{lots, packs as pack_table, units};

use super::World;

pub(super) async fn check_same(db: &Database, world: &World) {
    let ledger = world.ledger();
    for run in &world.runs {
        let entries = ledger.entries(run);
        let spans = pack_table::list_spans(db, run).await.unwrap();
        let mut position = 0u32;
        for pair in spans.windows(2) {
            let (left, right) = (pair[0], pair[1]);
            let differ = left.status != right.status
                || left.since != right.since
                || left.place != right.place
                || left.by != right.by;
            assert!(differ, "spans at {} are not maximal", right.first);
        }
        for span in spans {
            assert_eq!(span.first, position);
            for _ in 0..span.count {
                let entry = &entries[usize::try_from(position).unwrap()];
                assert_eq!(span.status, entry.public.status, "status of {position}");
                assert_eq!(span.since, entry.public.since, "since of {position}");
                assert_eq!(span.place, entry.private.place, "place of {position}");
                assert_eq!(span.by, entry.private.by, "by of {position}");
                position += 1;
            }
        }
        assert_eq!(usize::try_from(position).unwrap(), entries.len());
        let location = PackLocation {
            run: *run,
            position: position / 2,
        };
        let pack = pack_table::find_pack(db, &location).await.unwrap().unwrap();
        let (account, is_direct, shipment) = ledger.holder(pack.place);
        assert_eq!(pack.holder.account, account);
        assert_eq!(pack.holder.is_direct, is_direct);
        assert_eq!(pack.holder.shipment, shipment);
        let lot: LotRecord = ledger.get(&StateKey::lot(&run.gtin, &run.lot)).unwrap();
        let found = lots::find_lot(db, &run.gtin, &run.lot)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.state, lot.public.state);
        assert_eq!(found.runs, lot.public.runs);
        assert_eq!(found.expiry, lot.public.expiry);
    }
}

pub(super) async fn check_containers(db: &Database, world: &World) {
    let ledger = world.ledger();
    for sscc in &world.units {
        let unit: Option<HandlingUnit> = ledger.get(&StateKey::unit(sscc));
        let found = units::find_unit(db, sscc).await.unwrap();
        assert_eq!(
            found.map(|unit| (unit.state, unit.nesting)),
            unit.map(|unit| (unit.private.state, unit.private.nesting))
        );
    }
    for id in &world.shipments {
        let shipment: Option<Shipment> = ledger.get(&StateKey::shipment(id));
        let found = find_shipment(db, id).await.unwrap();
        assert_eq!(found.is_some(), shipment.is_some());
        let Some((found, shipment)) = found.zip(shipment) else {
            continue;
        };
        assert_eq!(found.from, shipment.private.from);
        assert_eq!(found.to, shipment.private.to);
        assert_eq!(found.purpose, shipment.private.purpose);
        match shipment.private.state {
            ShipmentState::Open => assert_eq!(found.outcome, ShipmentOutcome::Open),
            ShipmentState::Resolved(account) => {
                assert_ne!(found.outcome, ShipmentOutcome::Open);
                assert_eq!(found.holder(), account);
            }
        }
    }
}

/// The stock of an account, three lines to a page; those that came back, together with the others.
pub(crate) async fn stock_by_pages(db: &Database, account: &AccountId) -> Vec<(StockPlace, u64)> {
    let mut stock: BTreeMap<StockPlace, u64> = BTreeMap::new();
    let mut last: Option<StockPlace> = None;
    loop {
        let page = page_stock(db, account, last.as_ref(), 3).await.unwrap();
        for line in &page {
            assert!(last.as_ref().is_none_or(|last| *last < line.place()));
            last = Some(line.place());
            let place = StockPlace {
                returned: false,
                ..line.place()
            };
            *stock.entry(place).or_default() += line.packs;
        }
        if page.len() < 3 {
            return stock.into_iter().collect();
        }
    }
}

/// Stock is counted with every change, the ledger's holder by the walk from packs up.
pub(super) async fn check_stock(db: &Database, world: &World) {
    let ledger = world.ledger();
    let mut expected: BTreeMap<AccountId, BTreeMap<StockPlace, u64>> = BTreeMap::new();
    for run in &world.runs {
        let lot: LotRecord = ledger.get(&StateKey::lot(&run.gtin, &run.lot)).unwrap();
        for entry in ledger.entries(run) {
            let (account, _, shipment) = ledger.holder(entry.private.place);
            let place = StockPlace {
                expiry: lot.public.expiry.to_string(),
                gtin: run.gtin.to_string(),
                lot: run.lot.to_string(),
                status: i16::from(entry.public.status as u8),
                in_transit: shipment.is_some(),
                returned: false,
            };
            let counts = expected.entry(account).or_default();
            *counts.entry(place).or_default() += 1;
        }
    }
    for actor in Actor::ALL {
        let account = world.chain.consortium.account(actor);
        let expected = expected.remove(&account).unwrap_or_default();
        let expected: Vec<(StockPlace, u64)> = expected.into_iter().collect();
        assert_eq!(stock_by_pages(db, &account).await, expected, "{actor:?}");
    }
    for id in &world.shipments {
        let Some(shipment) = ledger.get::<Shipment>(&StateKey::shipment(id)) else {
            continue;
        };
        if shipment.private.state != ShipmentState::Open {
            continue;
        }
        let inside = world.runs.iter().flat_map(|run| ledger.entries(run));
        let inside = inside.filter(|entry| ledger.holder(entry.private.place).2 == Some(*id));
        let contents = find_contents(db, Container::Shipment(*id)).await.unwrap();
        assert_eq!(contents.packs, u64::try_from(inside.count()).unwrap());
    }
}

/// What is disputed of a lot follows from the records of the keys as they are now; gives how much it is.
pub(super) async fn check_disputes(db: &Database, world: &World) -> u32 {
    let ledger = world.ledger();
    let run = world.runs[0];
    let traced = trace_lot(db, &run.gtin, &run.lot).await.unwrap().unwrap();
    let mut count = 0;
    for event in traced.history.events {
        let found = event.transaction;
        let key: KeyRecord = ledger.get(&StateKey::key(&found.signer)).unwrap();
        let expected = key.public.is_disputed_at(found.time);
        assert_eq!(
            found.is_disputed, expected,
            "{} at {}",
            found.kind, found.time
        );
        count += u32::from(expected);
    }
    count
}
