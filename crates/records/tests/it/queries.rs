//! Who holds what, what is inside, and where it has been.

use theriac_ledger::identifier::{PackLocation, TransactionId};
use theriac_ledger::record::{LotState, PackStatus};
use theriac_ledger::testing::{Actor, pack_keys};
use theriac_records::repository::contents::{Container, find_contents};
use theriac_records::repository::provenance::{self, History, Via};
use theriac_records::repository::shipments::{ShipmentFilter, ShipmentOutcome, list_shipments};
use theriac_records::repository::stock::page_stock;
use theriac_records::repository::{chain as chain_table, members, packs};

use crate::chain::TestChain;
use crate::databases::{Kind, database, on_both_databases};
use crate::story::{ship, tell};

fn ids(history: &History) -> Vec<TransactionId> {
    history
        .events
        .iter()
        .map(|event| event.transaction.id)
        .collect()
}

on_both_databases!(
    a_packs_history_is_its_own_steps_and_those_of_what_it_was_in,
    what_happens_to_a_unit_after_a_pack_has_left_is_not_in_the_packs_history,
    a_lots_history_has_every_event_and_its_present_holders,
    a_units_history_follows_it_up_to_its_pallet_and_shipments,
    contents_are_counted_by_lot_at_any_depth,
    stock_and_inbound_shipments_follow_custody,
    a_scanned_pack_is_found_by_its_key_alone,
    members_come_from_the_genesis,
);

async fn a_packs_history_is_its_own_steps_and_those_of_what_it_was_in(kind: Kind) {
    let mut chain = TestChain::new(1);
    let database = database(kind, &chain).await;
    let story = tell(&mut chain, &database.db).await;
    let location = PackLocation {
        run: story.run,
        position: 5,
    };
    let trace = provenance::trace_pack(&database.db, &location)
        .await
        .unwrap()
        .unwrap();
    // Everything but the packing of the other case.
    let mut expected = story.steps.clone();
    expected.remove(3);
    assert_eq!(ids(&trace.history), expected);
    assert!(!trace.history.is_truncated);
    assert_eq!(trace.pack.status, PackStatus::Dispensed);
    let pharmacy = chain.consortium.account(Actor::Pharmacy);
    assert_eq!(trace.pack.holder.account, pharmacy);
    let kinds: Vec<&str> = trace
        .history
        .events
        .iter()
        .map(|event| event.transaction.kind.as_str())
        .collect();
    assert_eq!(
        kinds,
        [
            "register_product",
            "commission_run",
            "pack",
            "pack",
            "ship",
            "receive",
            "unpack",
            "ship",
            "receive",
            "dispense",
            "recall_lot"
        ]
    );
    let received = &trace.history.events[5];
    assert_eq!(received.transaction.organisation_name, "Rialto Trade");
    let shipment = Container::Shipment(story.to_distributor);
    assert_eq!(received.via, [Via::Container(shipment)]);
}

async fn what_happens_to_a_unit_after_a_pack_has_left_is_not_in_the_packs_history(kind: Kind) {
    let mut chain = TestChain::new(2);
    let database = database(kind, &chain).await;
    let story = tell(&mut chain, &database.db).await;
    // The second case stays with the distributor: nothing of the pharmacy is in its history.
    let location = PackLocation {
        run: story.run,
        position: 105,
    };
    let trace = provenance::trace_pack(&database.db, &location)
        .await
        .unwrap()
        .unwrap();
    let found = ids(&trace.history);
    assert!(
        !found.contains(&story.steps[8]),
        "the shipment of the other case"
    );
    assert!(
        !found.contains(&story.steps[10]),
        "the other pack's dispensing"
    );
    assert!(
        found.contains(&story.steps[7]),
        "the unpacking of the pallet"
    );
    assert_eq!(
        trace.pack.holder.account,
        chain.consortium.account(Actor::Distributor)
    );
    assert_eq!(trace.pack.holder.units, [story.cases[1]]);
}

async fn a_lots_history_has_every_event_and_its_present_holders(kind: Kind) {
    let mut chain = TestChain::new(3);
    let database = database(kind, &chain).await;
    let story = tell(&mut chain, &database.db).await;
    let trace = provenance::trace_lot(&database.db, &story.item, &story.run.lot)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(ids(&trace.history), story.steps);
    assert!(matches!(trace.lot.state, LotState::Recalled { .. }));
    let distributor = chain.consortium.account(Actor::Distributor);
    let pharmacy = chain.consortium.account(Actor::Pharmacy);
    let mut holders: Vec<_> = trace
        .holders
        .iter()
        .map(|line| (line.account, line.status, line.packs))
        .collect();
    holders.sort_unstable();
    let mut expected = vec![
        (distributor, PackStatus::Active, 100),
        (pharmacy, PackStatus::Active, 99),
        (pharmacy, PackStatus::Dispensed, 1),
    ];
    expected.sort_unstable();
    assert_eq!(holders, expected);
}

async fn a_units_history_follows_it_up_to_its_pallet_and_shipments(kind: Kind) {
    let mut chain = TestChain::new(4);
    let database = database(kind, &chain).await;
    let story = tell(&mut chain, &database.db).await;
    let trace = provenance::trace_unit(&database.db, &story.cases[0])
        .await
        .unwrap()
        .unwrap();
    let steps = &story.steps;
    let expected = [2, 4, 5, 6, 7, 8, 9].map(|step: usize| steps[step]);
    assert_eq!(ids(&trace.history), expected);
    assert_eq!(
        trace.unit.holder.account,
        chain.consortium.account(Actor::Pharmacy)
    );
    let trace = provenance::trace_unit(&database.db, &story.pallet)
        .await
        .unwrap()
        .unwrap();
    let expected = [4, 5, 6, 7].map(|step: usize| steps[step]);
    assert_eq!(ids(&trace.history), expected);
}

async fn contents_are_counted_by_lot_at_any_depth(kind: Kind) {
    let mut chain = TestChain::new(5);
    let database = database(kind, &chain).await;
    let story = tell(&mut chain, &database.db).await;
    // The pallet is resolved: what still names it are the two cases, until they move.
    let contents = find_contents(&database.db, Container::Shipment(story.to_pharmacy))
        .await
        .unwrap();
    assert_eq!(contents.packs, 99);
    assert_eq!(contents.lots.len(), 1);
    assert_eq!(contents.lots[0].not_active, 0);
    assert_eq!(contents.units.len(), 1);
    assert_eq!(contents.spans.len(), 2);
}

async fn stock_and_inbound_shipments_follow_custody(kind: Kind) {
    let mut chain = TestChain::new(6);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let story = tell(&mut chain, db).await;
    let distributor = chain.consortium.account(Actor::Distributor);
    let pharmacy = chain.consortium.account(Actor::Pharmacy);
    let action = theriac_ledger::action::Ship {
        purpose: theriac_ledger::action::Purpose::Return,
        ..ship(
            &chain,
            Actor::Maker,
            theriac_ledger::encoding::BoundedList::empty(),
            vec![story.cases[1]],
        )
    };
    chain.act(db, Actor::Distributor, action).await;
    let stock = page_stock(db, &distributor, None, 1_000).await.unwrap();
    assert_eq!(stock.len(), 1);
    assert!(stock[0].in_transit);
    assert_eq!(stock[0].packs, 100);
    let stock = page_stock(db, &pharmacy, None, 1_000).await.unwrap();
    let packs: Vec<_> = stock.iter().map(|line| (line.status, line.packs)).collect();
    assert_eq!(
        packs,
        [(PackStatus::Active, 99), (PackStatus::Dispensed, 1)]
    );
    let inbound = ShipmentFilter {
        to: Some(chain.consortium.account(Actor::Maker)),
        outcome: Some(ShipmentOutcome::Open),
        limit: 10,
        ..ShipmentFilter::default()
    };
    assert_eq!(list_shipments(db, &inbound).await.unwrap().len(), 1);
}

async fn a_scanned_pack_is_found_by_its_key_alone(kind: Kind) {
    let mut chain = TestChain::new(7);
    let database = database(kind, &chain).await;
    let story = tell(&mut chain, &database.db).await;
    let keys = pack_keys(&story.item, 0, 201);
    let found = packs::find_locations(&database.db, &keys).await.unwrap();
    assert_eq!(found.len(), 200);
    assert_eq!(found[&keys[42]].position, 42);
    assert_eq!(found[&keys[42]].run, story.run);
}

async fn members_come_from_the_genesis(kind: Kind) {
    let mut chain = TestChain::new(8);
    let database = database(kind, &chain).await;
    tell(&mut chain, &database.db).await;
    let accounts = members::list_accounts(&database.db).await.unwrap();
    assert_eq!(accounts.len(), chain.consortium.records.accounts.len());
    let key = chain.consortium.key(Actor::Maker).public_key();
    let account = members::find_account_of_key(&database.db, &key)
        .await
        .unwrap();
    assert_eq!(account, Some(chain.consortium.account(Actor::Maker)));
    let head = chain_table::find_head(&database.db).await.unwrap().unwrap();
    assert_eq!(head, chain.parent);
}
