//! What came back, and what of it was verified.

use theriac_ledger::action::{Pack, Purpose, Receive, Ship};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{RunId, ShipmentId, Timestamp};
use theriac_ledger::pack_set::{PackRange, PackSets};
use theriac_ledger::testing::{Actor, commission_run, gtin, packs, product, run_id, sscc};
use theriac_records::Database;
use theriac_records::repository::returns::{
    ReturnCheck, among, list_checks, list_returned, list_returning, list_unverified, store_checks,
};
use theriac_records::repository::stock::{list_held_of_lot, page_stock};

use crate::chain::TestChain;
use crate::databases::{Kind, database, on_both_databases};

on_both_databases!(
    what_came_back_waits_at_any_depth_until_each_pack_was_verified,
    a_pack_that_left_and_comes_back_again_must_be_verified_again,
    a_pack_that_did_not_agree_stays_blocked_whatever_is_found_later,
    what_is_on_its_way_back_is_known_before_it_is_received,
    what_is_held_of_a_lot_is_told_with_the_units_around_it,
);

const NOW: Timestamp = Timestamp(1_000);

fn run() -> RunId {
    run_id(gtin("9506000", 7), "LOT-A", 0)
}

/// One actor ships to another, which receives.
async fn pass(
    chain: &mut TestChain,
    db: &Database,
    (from, to): (Actor, Actor),
    purpose: Purpose,
    (packs, units): (PackSets, Vec<theriac_gs1::Sscc>),
) -> ShipmentId {
    let action = Ship {
        to: chain.consortium.account(to),
        purpose,
        packs,
        units: BoundedList::new(units).unwrap(),
    };
    let id = chain.act(db, from, action).await;
    let shipment = ShipmentId::of_ship(&id);
    let except = BoundedList::empty();
    chain.act(db, to, Receive { shipment, except }).await;
    shipment
}

/// The maker has supplied the distributor with 30 packs, of which ten are in a case.
async fn supplied(chain: &mut TestChain, db: &Database) {
    chain
        .act(db, Actor::Maker, product(gtin("9506000", 7)))
        .await;
    chain
        .act(db, Actor::Maker, commission_run(run(), 0, 30))
        .await;
    let action = Pack {
        sscc: sscc("9506000", 1),
        packs: packs(run(), &[(20, 10)]),
        units: BoundedList::empty(),
    };
    chain.act(db, Actor::Maker, action).await;
    let goods = (packs(run(), &[(0, 20)]), vec![sscc("9506000", 1)]);
    let way = (Actor::Maker, Actor::Distributor);
    pass(chain, db, way, Purpose::Supply, goods).await;
}

async fn unverified(chain: &TestChain, db: &Database, actor: Actor) -> Vec<(u32, u32)> {
    let account = chain.consortium.account(actor);
    let found = list_unverified(db, &account).await.unwrap();
    found
        .iter()
        .map(|one| (one.range.first, one.range.count))
        .collect()
}

fn check(first: u32, count: u32, reason: Option<&str>) -> ReturnCheck {
    ReturnCheck {
        run: run(),
        range: PackRange { first, count },
        reason: reason.map(str::to_owned),
    }
}

async fn what_came_back_waits_at_any_depth_until_each_pack_was_verified(kind: Kind) {
    let mut chain = TestChain::new(50);
    let database = database(kind, &chain).await;
    let db = &database.db;
    supplied(&mut chain, db).await;
    assert!(unverified(&chain, db, Actor::Distributor).await.is_empty());
    let goods = (packs(run(), &[(5, 3)]), vec![sscc("9506000", 1)]);
    let back = (Actor::Distributor, Actor::Maker);
    let shipment = pass(&mut chain, db, back, Purpose::Return, goods).await;
    assert_eq!(
        unverified(&chain, db, Actor::Maker).await,
        [(5, 3), (20, 10)]
    );
    assert!(unverified(&chain, db, Actor::Distributor).await.is_empty());

    let checks = [check(6, 1, None), check(7, 1, Some("lot_differs"))];
    store_checks(db, NOW, "alice", &shipment, &checks)
        .await
        .unwrap();
    assert_eq!(
        unverified(&chain, db, Actor::Maker).await,
        [(5, 1), (7, 1), (20, 10)]
    );
    let kept = list_checks(db, &shipment).await.unwrap();
    assert_eq!(kept[1].check, checks[1]);
    assert_eq!(kept[1].checked_by, "alice");
    let whole = check(20, 10, None);
    store_checks(db, NOW, "alice", &shipment, &[whole])
        .await
        .unwrap();
    let maker = chain.consortium.account(Actor::Maker);
    let stock = page_stock(db, &maker, None, 1_000).await.unwrap();
    let lines: Vec<_> = stock
        .iter()
        .map(|line| (line.returned, line.packs))
        .collect();
    assert_eq!(lines, [(false, 11), (true, 2)]);
    let left = list_unverified(db, &maker).await.unwrap();
    let near = among(&run(), PackRange { first: 4, count: 3 }, &left);
    assert_eq!(near[0].range, PackRange { first: 5, count: 1 });
    assert_eq!(near.len(), 1);
}

async fn a_pack_that_left_and_comes_back_again_must_be_verified_again(kind: Kind) {
    let mut chain = TestChain::new(51);
    let database = database(kind, &chain).await;
    let db = &database.db;
    supplied(&mut chain, db).await;
    let back = (Actor::Distributor, Actor::Maker);
    let goods = (packs(run(), &[(0, 10)]), Vec::new());
    let first = pass(&mut chain, db, back, Purpose::Return, goods).await;
    store_checks(db, NOW, "alice", &first, &[check(0, 10, None)])
        .await
        .unwrap();
    assert!(unverified(&chain, db, Actor::Maker).await.is_empty());
    let way = (Actor::Maker, Actor::Distributor);
    let goods = (packs(run(), &[(2, 4)]), Vec::new());
    pass(&mut chain, db, way, Purpose::Supply, goods).await;
    let maker = chain.consortium.account(Actor::Maker);
    let held: Vec<_> = list_returned(db, &maker)
        .await
        .unwrap()
        .iter()
        .map(|one| (one.range.first, one.range.count))
        .collect();
    assert_eq!(held, [(0, 2), (6, 4)]);
    let goods = (packs(run(), &[(3, 2)]), Vec::new());
    pass(&mut chain, db, back, Purpose::Return, goods).await;
    assert_eq!(unverified(&chain, db, Actor::Maker).await, [(3, 2)]);
}

async fn what_is_held_of_a_lot_is_told_with_the_units_around_it(kind: Kind) {
    let mut chain = TestChain::new(52);
    let database = database(kind, &chain).await;
    let db = &database.db;
    supplied(&mut chain, db).await;
    let action = Ship {
        to: chain.consortium.account(Actor::Pharmacy),
        purpose: Purpose::Supply,
        packs: packs(run(), &[(0, 5)]),
        units: BoundedList::empty(),
    };
    chain.act(db, Actor::Distributor, action).await;
    let account = chain.consortium.account(Actor::Distributor);
    let held = list_held_of_lot(db, &account, &run().gtin, &run().lot)
        .await
        .unwrap();
    let found: Vec<_> = held
        .iter()
        .map(|one| {
            (
                one.span.first,
                one.span.count,
                one.units.len(),
                one.in_transit,
            )
        })
        .collect();
    assert_eq!(
        found,
        [(0, 5, 0, true), (5, 15, 0, false), (20, 10, 1, false)]
    );
    let maker = chain.consortium.account(Actor::Maker);
    let none = list_held_of_lot(db, &maker, &run().gtin, &run().lot).await;
    assert!(none.unwrap().is_empty());
}

async fn a_pack_that_did_not_agree_stays_blocked_whatever_is_found_later(kind: Kind) {
    let mut chain = TestChain::new(53);
    let database = database(kind, &chain).await;
    let db = &database.db;
    supplied(&mut chain, db).await;
    let goods = (packs(run(), &[(5, 3)]), Vec::new());
    let back = (Actor::Distributor, Actor::Maker);
    let shipment = pass(&mut chain, db, back, Purpose::Return, goods).await;
    for checks in [
        vec![check(5, 1, None)],
        vec![
            check(5, 1, Some("lot_differs")),
            check(6, 1, Some("recalled")),
        ],
        vec![check(5, 3, None)],
    ] {
        store_checks(db, NOW, "alice", &shipment, &checks)
            .await
            .unwrap();
    }
    assert_eq!(unverified(&chain, db, Actor::Maker).await, [(5, 1)]);
}

async fn what_is_on_its_way_back_is_known_before_it_is_received(kind: Kind) {
    let mut chain = TestChain::new(54);
    let database = database(kind, &chain).await;
    let db = &database.db;
    supplied(&mut chain, db).await;
    let action = Ship {
        to: chain.consortium.account(Actor::Maker),
        purpose: Purpose::Return,
        packs: packs(run(), &[(5, 3)]),
        units: BoundedList::new(vec![sscc("9506000", 1)]).unwrap(),
    };
    let id = chain.act(db, Actor::Distributor, action).await;
    let shipment = ShipmentId::of_ship(&id);
    let maker = chain.consortium.account(Actor::Maker);
    let found = list_returning(db, &maker).await.unwrap();
    let ranges: Vec<_> = found
        .iter()
        .map(|one| (one.range.first, one.range.count))
        .collect();
    assert_eq!(ranges, [(5, 3), (20, 10)]);
    let except = BoundedList::empty();
    chain
        .act(db, Actor::Maker, Receive { shipment, except })
        .await;
    assert!(list_returning(db, &maker).await.unwrap().is_empty());
}
