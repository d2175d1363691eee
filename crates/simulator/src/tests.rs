use theriac_ledger::planted::Bug;

use crate::report::simulate;

#[test]
fn the_same_seed_has_the_same_trace_and_another_has_another() {
    let trace = |seed| simulate(seed, None, false).trace;
    assert_eq!(trace(7), trace(7));
    assert_ne!(trace(7), trace(8));
}

#[test]
fn consortiums_keep_their_word_whatever_happens_to_them() {
    for seed in 1_000..1_003 {
        let outcome = simulate(seed, None, false);
        assert!(
            outcome.violations.is_empty(),
            "seed {seed}: {:?}",
            outcome.violations
        );
        assert!(outcome.counts.acknowledged > 0, "seed {seed}");
    }
}

/// The table of all twelve is printed by `cargo xtask simulate --bugs`.
#[test]
fn a_pack_that_can_be_dispensed_twice_is_found() {
    let found = (0..20).any(|seed| {
        let outcome = simulate(seed, Some(Bug::DispenseTwice), false);
        !outcome.violations.is_empty()
    });
    assert!(found, "twenty seeds do not find it");
}
