//! The genesis of a test consortium.

use theriac_ledger::record::Parameters;
use theriac_ledger::testing::Consortium;
use theriac_node::genesis::{Genesis, seal};

/// Both halves of the genesis of a consortium, at the time when chains of tests begin.
pub fn genesis(consortium: &Consortium) -> Genesis {
    let anchor = seal(
        Consortium::START,
        consortium.validators.clone(),
        Parameters::default(),
        &consortium.records,
    );
    Genesis {
        anchor: anchor.expect("the records of a test consortium make a genesis"),
        records: consortium.records.clone(),
    }
}
