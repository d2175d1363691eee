//! Every transaction is legal where it stands: by replay on a state of our own, and by a naive model
//! that shares no code with the ledger's rules. Both must say the same of every pack.

use std::collections::BTreeSet;

use theriac_client::VerifiedBlock;
use theriac_ledger::action::ActionBody;
use theriac_ledger::execute::{BlockContext, Execution, check_stateless};
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::PackLocation;
use theriac_ledger::pack_set::PackSets;
use theriac_ledger::testing::model::{Follower, Moment};
use theriac_ledger::testing::{Consortium, MemoryState};

use super::{Chain, Violation, membership};

/// Heights between two looks at the whole state, its root computed from nothing; the last height always
/// is one.
const LOOK_EVERY: u64 = 16;

/// Judges a chain from genesis.
pub fn judge(consortium: &Consortium, anchor: &Anchor, chain: &Chain) -> Vec<Violation> {
    let mut found = naive(chain);
    let mut state = MemoryState::genesis(anchor, &consortium.records);
    let mut model = Follower::new(consortium);
    let last = chain.blocks.last().map_or(0, |block| block.header.height);
    for block in &chain.blocks {
        found.extend(execute(&mut state, anchor, block));
        found.extend(follow(&mut model, block));
        let height = block.header.height;
        let is_due = height == last || height.is_multiple_of(LOOK_EVERY);
        if is_due && !has_root(&state, block) {
            found.push(Violation::Root { height });
        }
        if is_due && found.is_empty() {
            let differs = model.difference(&state);
            found.extend(differs.map(|pack| Violation::Custody { pack, height }));
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

/// What the model has against a block.
fn follow(model: &mut Follower, block: &VerifiedBlock) -> Option<Violation> {
    let (height, time) = (block.header.height, block.header.time);
    (0..)
        .zip(&block.transactions)
        // Who belongs to the consortium is nothing that packs know of: another judge looks at that.
        .filter(|(_, transaction)| !membership::is_change(&transaction.body))
        .find_map(|(index, transaction)| {
            let id = transaction.id;
            let now = Moment {
                time: time.0,
                height,
                index,
                id,
            };
            let signer = &transaction.signed.transaction.signer;
            let refused = model.follow(signer, &transaction.body, &now).err()?;
            let why = format!("the naive model says: {refused}");
            Some(Violation::Illegal { height, id, why })
        })
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
