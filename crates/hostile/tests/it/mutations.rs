//! Altered transactions; a million of them with `cargo xtask mutate`.

use theriac_hostile::mutation::{self, Mutation};
use theriac_ledger::action::ActionKind;

const COUNT: u64 = 50_000;

#[test]
fn no_altered_transaction_of_any_kind_is_accepted() {
    let tally = mutation::run(COUNT, 1);
    assert_eq!(tally.count(), COUNT);
    assert_eq!(tally.accepted, []);
    for way in Mutation::ALL {
        assert!(tally.altered[&way] > COUNT / 100, "{way:?}");
    }
    assert_eq!(tally.kinds.len(), 20, "every kind that is enabled");
    assert!(
        ActionKind::ALL.len() > tally.kinds.len(),
        "and none that is not"
    );
    // The rules see some of them: those whose signature is good, by a key that has no say.
    for code in [
        "does not decode",
        "bad_signature",
        "unknown_key",
        "key_not_active",
    ] {
        assert!(
            tally.refused.contains_key(code),
            "none was refused as {code}"
        );
    }
}
