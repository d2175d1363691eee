use theriac_ledger::planted::Bug;

use crate::cuts::Plan;
use crate::report::{Variant, simulate};

#[test]
fn the_same_seed_has_the_same_trace_and_another_has_another() {
    let trace = |seed| simulate(seed, Variant::default(), false).trace;
    assert_eq!(trace(7), trace(7));
    assert_ne!(trace(7), trace(8));
}

#[test]
fn consortiums_keep_their_word_whatever_happens_to_them() {
    for seed in 1_000..1_003 {
        let outcome = simulate(seed, Variant::default(), false);
        assert!(
            outcome.violations.is_empty(),
            "seed {seed}: {:?}",
            outcome.violations
        );
        assert!(outcome.counts.acknowledged > 0, "seed {seed}");
    }
}

/// Every one of them is tried by `cargo xtask simulate --cuts`.
#[test]
fn a_power_cut_at_a_durable_step_loses_nothing_and_a_store_that_lies_about_it_is_found() {
    let plan = Plan::new(1, Variant::default());
    assert!(plan.count() > 100, "{} power cuts", plan.count());
    for number in (0..plan.count()).step_by(37) {
        let outcome = plan.play(number, false);
        assert!(
            outcome.violations.is_empty(),
            "cut {number}: {:?}",
            outcome.violations
        );
    }
    let careless = Plan::new(1, Bug::AcknowledgeBeforeFsync.into());
    let found = (0..careless.count())
        .step_by(5)
        .any(|number| !careless.play(number, false).violations.is_empty());
    assert!(found, "no power cut shows that writes are not durable");
}

/// A signer guards when it signs; `cargo xtask simulate --signers --cuts` tries every cut.
#[test]
fn a_validator_with_a_signer_survives_a_power_cut_at_a_durable_step() {
    let variant = Variant {
        has_signers: true,
        ..Variant::default()
    };
    let plan = Plan::new(1, variant);
    for number in (0..plan.count()).step_by(31) {
        let outcome = plan.play(number, false);
        assert!(
            outcome.violations.is_empty(),
            "cut {number}: {:?}",
            outcome.violations
        );
    }
    for seed in 2_000..2_002 {
        let outcome = simulate(seed, variant, false);
        assert!(
            outcome.violations.is_empty(),
            "seed {seed}: {:?}",
            outcome.violations
        );
    }
}

/// The table of all twelve is printed by `cargo xtask simulate --bugs`.
#[test]
fn a_pack_that_can_be_dispensed_twice_is_found() {
    let found = (0..20).any(|seed| {
        let outcome = simulate(seed, Bug::DispenseTwice.into(), false);
        !outcome.violations.is_empty()
    });
    assert!(found, "twenty seeds do not find it");
}
