//! The packs that are dispensed, lot after lot.

use std::collections::VecDeque;

use theriac_ledger::action::CommissionRun;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::RunId;
use theriac_ledger::testing::{Actor, date, pack_keys, product, run_id};
use theriac_testkit::actor::{Pen, Signed};
use theriac_testkit::stock::{receive, ship, test_product};
use tokio::sync::Mutex;

use super::{Outcome, Shared};
use crate::cluster::Cluster;

/// Packs of a lot: few enough that an unoptimised node on a busy machine executes it in a round.
const LOT_PACKS: u32 = 1_000;

/// A pharmacy's shelf that a maker fills again whenever it is empty.
#[derive(Debug)]
pub(super) struct Shelf {
    maker: Pen,
    pub(super) pharmacy: Pen,
    place: Mutex<Place>,
}

#[derive(Debug, Default)]
struct Place {
    /// Lots begun so far.
    lots: u32,
    /// The lot on the shelf and its next pack.
    next: Option<(RunId, u32)>,
    /// The lot that is on its way, and what must still become final for it. It is kept, because
    /// whoever waits for it may give up, and another goes on with the same bytes.
    coming: Option<(RunId, VecDeque<Signed>)>,
}

impl Shelf {
    pub(super) fn new(cluster: &Cluster) -> Self {
        Self {
            maker: cluster.pen(Actor::Maker),
            pharmacy: cluster.pen(Actor::Pharmacy),
            place: Mutex::default(),
        }
    }

    /// The next pack; none when the load ended before there was one.
    pub(super) async fn next(&self, shared: &Shared) -> Option<(RunId, u32)> {
        let mut place = self.place.lock().await;
        if place.next.is_none() {
            let run = self.fill(shared, &mut place).await?;
            place.next = Some((run, 0));
        }
        let (run, position) = place.next?;
        place.next = (position + 1 < LOT_PACKS).then_some((run, position + 1));
        Some((run, position))
    }

    async fn fill(&self, shared: &Shared, place: &mut Place) -> Option<RunId> {
        if place.coming.is_none() {
            place.coming = Some(self.lot(place.lots));
            place.lots += 1;
        }
        let (run, steps) = place.coming.as_mut()?;
        while let Some(step) = steps.front() {
            let outcome = shared.carry(step, 0).await;
            if !matches!(outcome, Outcome::Final { .. }) {
                return None;
            }
            steps.pop_front();
        }
        let run = *run;
        place.coming = None;
        Some(run)
    }

    /// What brings a lot to the pharmacy.
    fn lot(&self, number: u32) -> (RunId, VecDeque<Signed>) {
        let gtin = test_product();
        let run = run_id(gtin, &format!("T{number}"), 0);
        let commission = CommissionRun {
            gtin,
            lot: run.lot,
            number: 0,
            expiry: date("2029-12-31"),
            manufactured: date("2026-01-01"),
            keys: BoundedList::new(pack_keys(&gtin, number * LOT_PACKS, LOT_PACKS))
                .expect("fewer packs than a run may have"),
        };
        let ship = ship(self.pharmacy.account, run, &[(0, LOT_PACKS)]);
        let shipped = self.maker.sign(ship);
        let received = self.pharmacy.sign(receive(&shipped));
        let mut steps = VecDeque::new();
        if number == 0 {
            steps.push_back(self.maker.sign(product(gtin)));
        }
        steps.extend([self.maker.sign(commission), shipped, received]);
        (run, steps)
    }
}
