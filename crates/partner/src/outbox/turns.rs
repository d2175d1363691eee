//! Whose turn it is to store a plan, and whether a plan that was made beside others still holds.
//!
//! A plan reads what is stored, so two plans must know of each other. Most take their turn before they are made. At a
//! counter that would be a queue: there plans are made at once, and judged in their turn by what was stored meanwhile.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use theriac_ledger::action::ActionBody;
use theriac_ledger::pack_set::PackSet;
use theriac_records::repository::intents::NewIntent;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::overlap::share;

/// Requests that are remembered: far more than are stored while one plan is made.
const REMEMBERED: usize = 256;
/// Sets of packs that are remembered of a request.
const SETS_MAX: usize = 64;

/// The order in which plans are stored.
#[derive(Debug, Default)]
pub(super) struct Turns {
    /// Requests that were stored.
    stored: Arc<AtomicU64>,
    last: Arc<Mutex<VecDeque<Touched>>>,
}

/// The right to store.
#[derive(Debug)]
pub(super) struct Turn {
    stored: Arc<AtomicU64>,
    last: OwnedMutexGuard<VecDeque<Touched>>,
}

/// What a stored request may have changed for plans that did not know of it.
#[derive(Debug)]
enum Touched {
    /// These packs alone.
    Packs(Vec<PackSet>),
    /// Anything.
    Anything,
}

impl Turns {
    /// The moment at which a plan begins that is made before its turn.
    pub(super) fn begin(&self) -> u64 {
        self.stored.load(Ordering::Acquire)
    }

    /// Waits for the turn.
    pub(super) async fn take(&self) -> Turn {
        Turn {
            last: Arc::clone(&self.last).lock_owned().await,
            stored: Arc::clone(&self.stored),
        }
    }
}

impl Turn {
    /// Whether nothing that was stored since a plan began concerns it.
    pub(super) fn holds(&self, begun: u64, plan: &[NewIntent]) -> bool {
        let meanwhile = self.stored.load(Ordering::Acquire).saturating_sub(begun);
        let Ok(meanwhile) = usize::try_from(meanwhile) else {
            return false;
        };
        if meanwhile == 0 {
            return true;
        }
        let Touched::Packs(own) = touched(plan) else {
            return false;
        };
        let mut others = self.last.iter().rev().take(meanwhile);
        meanwhile <= self.last.len()
            && others.all(|other| match other {
                Touched::Anything => false,
                Touched::Packs(packs) => !own
                    .iter()
                    .any(|one| packs.iter().any(|another| share(one, another))),
            })
    }

    /// Remembers what was stored in this turn.
    pub(super) fn note(&mut self, stored: &[NewIntent]) {
        self.push(touched(stored));
    }

    /// Remembers that the database did not say what became of this turn.
    pub(super) fn note_unknown(&mut self) {
        self.push(Touched::Anything);
    }

    fn push(&mut self, touched: Touched) {
        if self.last.len() >= REMEMBERED {
            self.last.pop_front();
        }
        self.last.push_back(touched);
        self.stored.fetch_add(1, Ordering::Release);
    }
}

fn touched(intents: &[NewIntent]) -> Touched {
    let mut packs = Vec::new();
    for intent in intents {
        let sets = match &intent.body {
            ActionBody::Dispense(action) => &action.packs,
            ActionBody::Reactivate(action) => &action.packs,
            ActionBody::Lock(action) => &action.packs,
            ActionBody::Unlock(action) => &action.packs,
            ActionBody::Decommission(action) => &action.packs,
            _ => return Touched::Anything,
        };
        packs.extend(sets.iter().cloned());
        if packs.len() > SETS_MAX {
            return Touched::Anything;
        }
    }
    Touched::Packs(packs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_ledger::action::{CancelShipment, Dispense};
    use theriac_ledger::identifier::{ShipmentId, TransactionId};
    use theriac_ledger::testing::{gtin, packs, run_id};

    fn dispense(lot: &str, first: u32) -> Vec<NewIntent> {
        let packs = packs(run_id(gtin("9506000", 1), lot, 0), &[(first, 1)]);
        vec![NewIntent::new("i", Dispense { packs }.into())]
    }

    fn cancel() -> Vec<NewIntent> {
        let shipment = ShipmentId::of_ship(&TransactionId(theriac_crypto::Digest::ZERO));
        vec![NewIntent::new("i", CancelShipment { shipment }.into())]
    }

    async fn holds_after(stored: &[Vec<NewIntent>], plan: &[NewIntent]) -> bool {
        let turns = Turns::default();
        let begun = turns.begin();
        for one in stored {
            turns.take().await.note(one);
        }
        turns.take().await.holds(begun, plan)
    }

    #[tokio::test]
    async fn plan_holds_unless_the_same_packs_or_something_else_than_packs_was_stored_meanwhile() {
        let plan = dispense("L1", 7);
        assert!(holds_after(&[], &plan).await);
        assert!(holds_after(&[dispense("L1", 8), dispense("L2", 7)], &plan).await);
        assert!(!holds_after(&[dispense("L1", 7), dispense("L2", 7)], &plan).await);
        assert!(!holds_after(&[cancel()], &plan).await);
        assert!(!holds_after(&[dispense("L2", 7)], &cancel()).await);
        assert!(holds_after(&[], &cancel()).await);
    }

    #[tokio::test]
    async fn no_plan_holds_after_a_turn_of_which_nobody_knows_what_became() {
        let turns = Turns::default();
        let begun = turns.begin();
        turns.take().await.note_unknown();
        assert!(!turns.take().await.holds(begun, &dispense("L1", 7)));
    }

    #[tokio::test]
    async fn plan_that_took_longer_than_is_remembered_does_not_hold() {
        let many = vec![dispense("L2", 7); REMEMBERED];
        assert!(holds_after(&many, &dispense("L1", 7)).await);
        let more = vec![dispense("L2", 7); REMEMBERED + 1];
        assert!(!holds_after(&more, &dispense("L1", 7)).await);
    }
}
