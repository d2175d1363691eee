use theriac_ledger::testing::{Actor, TestLedger, gtin};

#[test]
fn smoke() {
    let mut ledger = TestLedger::new(1);
    ledger.consortium.records.check(&ledger.anchor).unwrap();
    let run = ledger.commission(Actor::Maker, gtin("9506000", 1), ("L1", 0), (0, 300));
    ledger
        .hand_over(Actor::Maker, Actor::Distributor, run, &[(0, 200)])
        .unwrap();
}
