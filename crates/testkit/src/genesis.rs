//! The genesis of a test consortium.

use theriac_ledger::record::Parameters;
use theriac_ledger::testing::Consortium;
use theriac_node::genesis::{Genesis, seal};

/// Both halves of the genesis of a consortium, at the time when chains of tests begin.
pub fn genesis(consortium: &Consortium) -> Genesis {
    genesis_with(consortium, Parameters::default())
}

/// The same, with other parameters.
pub fn genesis_with(consortium: &Consortium, parameters: Parameters) -> Genesis {
    let anchor = seal(
        Consortium::START,
        consortium.validators.clone(),
        parameters,
        &consortium.records,
    );
    Genesis {
        anchor: anchor.expect("the records of a test consortium make a genesis"),
        records: consortium.records.clone(),
    }
}

/// Parameters where a change of the validators is enacted as soon as it is approved: no test waits an hour.
pub fn without_notice() -> Parameters {
    let mut parameters = Parameters::default();
    parameters.voting.validators.notice_ms = 0;
    parameters
}
