//! Every transaction is legal where it stands: by replay on a state of our own, and by naive rules
//! that do not share code with the ledger's.

use std::collections::BTreeSet;

use theriac_client::VerifiedBlock;
use theriac_ledger::action::ActionBody;
use theriac_ledger::execute::{BlockContext, Execution, check_stateless};
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::PackLocation;
use theriac_ledger::pack_set::PackSets;
use theriac_ledger::testing::{Consortium, MemoryState};

use super::{Chain, Violation};

/// Heights between two computations of the state root from nothing; the last height always is one.
const ROOT_EVERY: u64 = 16;

/// Judges a chain from genesis.
pub fn judge(consortium: &Consortium, anchor: &Anchor, chain: &Chain) -> Vec<Violation> {
    let mut found = naive(chain);
    let mut state = MemoryState::genesis(anchor, &consortium.records);
    let last = chain.blocks.last().map_or(0, |block| block.header.height);
    for block in &chain.blocks {
        found.extend(execute(&mut state, anchor, block));
        let height = block.header.height;
        let is_due = height == last || height.is_multiple_of(ROOT_EVERY);
        if is_due && !has_root(&state, block) {
            found.push(Violation::Root { height });
        }
        // What follows an illegal transaction says nothing more.
        if !found.is_empty() {
            break;
        }
    }
    found
}

fn execute(state: &mut MemoryState, anchor: &Anchor, block: &VerifiedBlock) -> Vec<Violation> {
    let (height, time) = (block.header.height, block.header.time);
    let mut found = Vec::new();
    let mut execution = Execution::new(state, BlockContext { height, time });
    for transaction in &block.transactions {
        let illegal = |why: String| Violation::Illegal {
            height,
            id: transaction.id,
            why,
        };
        match check_stateless(transaction.signed.clone(), &anchor.chain_id()) {
            Ok(checked) => {
                if let Err(refusal) = execution.apply(&checked) {
                    found.push(illegal(refusal.to_string()));
                }
            }
            Err(rejection) => found.push(illegal(rejection.to_string())),
        }
    }
    let changes = execution.finish();
    state.apply(changes);
    found
}

fn has_root(state: &MemoryState, block: &VerifiedBlock) -> bool {
    theriac_node::genesis::state_root(state.records())
        .is_ok_and(|root| root == block.header.state_root)
}

/// The rules that anybody would write down first.
fn naive(chain: &Chain) -> Vec<Violation> {
    let (mut dispensed, mut serials) = (BTreeSet::new(), BTreeSet::new());
    let mut found = Vec::new();
    for block in &chain.blocks {
        let height = block.header.height;
        for transaction in &block.transactions {
            let id = transaction.id;
            if transaction.signed.transaction.valid_until <= block.header.time {
                found.push(Violation::PastItsTime { id, height });
            }
            match &transaction.body {
                ActionBody::Dispense(action) => {
                    let twice = packs(&action.packs).filter(|pack| !dispensed.insert(*pack));
                    found.extend(twice.map(|pack| Violation::DispensedTwice { pack }));
                }
                ActionBody::Reactivate(action) => {
                    for pack in packs(&action.packs) {
                        dispensed.remove(&pack);
                    }
                }
                ActionBody::CommissionRun(run) => {
                    let are_new = run.keys.iter().map(|key| serials.insert(*key));
                    if are_new.filter(|is_new| !is_new).count() > 0 {
                        found.push(Violation::SerialTwice { height });
                    }
                }
                _ => {}
            }
        }
    }
    found
}

pub(super) fn packs(sets: &PackSets) -> impl Iterator<Item = PackLocation> + '_ {
    sets.iter().flat_map(|set| {
        let positions = set.ranges.iter().flat_map(|range| range.first..range.end());
        positions.map(|position| PackLocation {
            run: set.run,
            position,
        })
    })
}
