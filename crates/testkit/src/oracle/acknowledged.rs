//! The network's word: what it called final is on the chain, once, where it was said to be, and in
//! an order that agrees with what users saw.

use std::collections::BTreeMap;

use theriac_ledger::identifier::{Height, TransactionId};

use super::{Chain, Violation};
use crate::load::Acknowledged;

/// Judges a chain by what was acknowledged.
pub fn judge(chain: &Chain, acknowledged: &[Acknowledged]) -> Vec<Violation> {
    let (places, mut found) = places(chain);
    found.extend(acknowledged.iter().filter_map(|known| {
        let said = (known.height, known.index);
        let place = places.get(&known.id).copied();
        (place != Some(said)).then_some(Violation::Lost {
            id: known.id,
            said,
            found: place,
        })
    }));
    found.extend(order(acknowledged));
    found
}

/// Where each transaction is, and those that are there twice.
pub fn places(chain: &Chain) -> (BTreeMap<TransactionId, (Height, u32)>, Vec<Violation>) {
    let (mut places, mut twice) = (BTreeMap::new(), Vec::new());
    for block in &chain.blocks {
        for (index, transaction) in (0..).zip(&block.transactions) {
            let place = (block.header.height, index);
            if places.insert(transaction.id, place).is_some() {
                twice.push(Violation::Twice { id: transaction.id });
            }
        }
    }
    (places, twice)
}

/// Real-time order: what was answered before something else began is not later on the chain.
fn order(acknowledged: &[Acknowledged]) -> Vec<Violation> {
    let mut by_answer: Vec<&Acknowledged> = acknowledged.iter().collect();
    by_answer.sort_unstable_by_key(|known| known.answered);
    let mut by_begin = by_answer.clone();
    by_begin.sort_unstable_by_key(|known| known.began);
    let (mut answers, mut highest) = (by_answer.into_iter().peekable(), 0);
    let mut found = Vec::new();
    for later in by_begin {
        while let Some(earlier) = answers.next_if(|earlier| earlier.answered < later.began) {
            highest = highest.max(earlier.height);
        }
        if later.height < highest {
            found.push(Violation::Order { id: later.id });
        }
    }
    found
}
