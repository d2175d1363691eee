//! The rules against the naive model, over random sequences.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use theriac_ledger::testing::model::{Care, Operation, Play};

/// Each of the four tests plays as many; about 50 actions each.
const SEQUENCES: u32 = 300;

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let one = any::<(u8, u8, [u16; 6])>().prop_map(|(kind, chance, numbers)| Operation {
        kind,
        chance,
        numbers,
    });
    prop::collection::vec(one, 20..90)
}

/// Runs random sequences; a failing one is shrunk and printed, with the numbers that make it again.
fn run_sequences(seed: u8) {
    let mut config = Config::with_cases(SEQUENCES);
    config.failure_persistence = None;
    let algorithm = prop::test_runner::RngAlgorithm::ChaCha;
    let generator = prop::test_runner::TestRng::from_seed(algorithm, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(config, generator);
    let seen = std::cell::RefCell::new(BTreeMap::<String, u64>::new());
    runner
        .run(&operations(), |operations| {
            let mut play = Play::new(Care::EveryThirdBlock);
            for operation in &operations {
                play.perform(*operation);
            }
            play.end();
            for (what, count) in play.seen {
                *seen.borrow_mut().entry(what).or_default() += count;
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("seed {seed}: {failure}"));
    let seen = seen.into_inner();
    check_not_vacuous(seed, &seen);
}

/// Every action must have happened, and every rejection that a single pack can meet.
const EXPECTED: &[&str] = &[
    "accepted register_product",
    "accepted commission_run",
    "accepted close_lot",
    "accepted recall_lot",
    "accepted pack",
    "accepted unpack",
    "accepted ship",
    "accepted cancel_shipment",
    "accepted receive",
    "accepted reject",
    "accepted dispense",
    "accepted reactivate",
    "accepted lock",
    "accepted unlock",
    "accepted decommission",
    "accepted anchor_digest",
    "accepted receive with exceptions",
    "accepted dispense on the way",
    "accepted unit in unit",
    "rejected missing_role",
    "rejected organisation_suspended",
    "rejected account_closed",
    "rejected product_already_registered",
    "rejected not_product_owner",
    "rejected not_lot_maker",
    "rejected lot_closed",
    "rejected lot_recalled",
    "rejected lot_expired",
    "rejected product_withdrawn",
    "rejected run_number",
    "rejected duplicate_serial",
    "rejected pack_not_held",
    "rejected pack_inside_unit",
    "rejected pack_in_open_shipment",
    "rejected unlock pack_in_open_shipment",
    "rejected already_dispensed",
    "rejected pack_locked",
    "rejected pack_destroyed",
    "rejected pack_stolen",
    "rejected pack_missing",
    "rejected reported_by_other_account",
    "rejected undo_too_late",
    "rejected reactivate_reason",
    "rejected pack_not_in_unit",
    "rejected pack_not_in_shipment",
    "rejected unknown_unit",
    "rejected unit_resolved",
    "rejected unit_not_held",
    "rejected unit_inside_unit",
    "rejected unit_in_open_shipment",
    "rejected unit_in_itself",
    "rejected sscc_not_yours",
    "rejected unit_too_deep",
    "rejected unknown_shipment",
    "rejected shipment_resolved",
    "rejected not_addressee",
    "rejected not_sender",
    "rejected ship_to_self",
    "rejected addressee_role",
    "rejected addressee_inactive",
    "rejected not_enabled",
];

fn check_not_vacuous(seed: u8, seen: &BTreeMap<String, u64>) {
    let missing: Vec<&str> = EXPECTED
        .iter()
        .copied()
        .filter(|what| !seen.contains_key(*what))
        .collect();
    assert!(
        missing.is_empty(),
        "seed {seed}: never happened: {missing:?}"
    );
}

#[test]
fn the_rules_agree_with_a_naive_model_from_seed_1() {
    run_sequences(1);
}

#[test]
fn the_rules_agree_with_a_naive_model_from_seed_2() {
    run_sequences(2);
}

#[test]
fn the_rules_agree_with_a_naive_model_from_seed_3() {
    run_sequences(3);
}

#[test]
fn the_rules_agree_with_a_naive_model_from_seed_5() {
    run_sequences(5);
}
