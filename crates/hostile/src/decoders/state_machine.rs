//! The state machine: commands that are mostly legal, against the naive model and the promises that
//! hold whatever the rules are.

use theriac_ledger::testing::model::{Care, Operation, Play};

/// Commands of one input at most: as many as a fuzzer's longest seed has, or an input takes seconds.
const OPERATIONS_MAX: usize = 96;

/// Plays the commands that the bytes make; see [`Play`] for what is judged.
pub(crate) fn state_machine(bytes: &[u8]) {
    let mut play = Play::new(Care::EveryBlock);
    for operation in Operation::all_in(bytes).take(OPERATIONS_MAX) {
        play.perform(operation);
    }
    play.end();
}
