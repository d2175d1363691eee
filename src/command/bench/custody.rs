//! Many small hand-overs at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use theriac_http::clock::Stopwatch;
use theriac_ledger::action::Dispense;
use theriac_ledger::identifier::RunId;
use tokio::task::JoinSet;

use super::authorities::Signer;
use super::maker;
use super::measure::Latencies;

/// Members, and the packs that they have for this.
#[derive(Debug)]
pub(super) struct Trade {
    pub(super) maker: Signer,
    pub(super) distributor: Signer,
    pub(super) pharmacy: Signer,
    /// Packs at the maker, to be shipped one by one.
    pub(super) shelf: RunId,
    /// Packs at the pharmacy, to be dispensed one by one.
    pub(super) drawer: RunId,
    /// Packs of each run.
    pub(super) count: u32,
    /// The next pack of the drawer.
    pub(super) next: AtomicU32,
}

impl Trade {
    /// A pack that nobody took yet; none once all are.
    fn take(&self) -> Option<u32> {
        let position = self.next.fetch_add(1, Ordering::SeqCst);
        (position < self.count).then_some(position)
    }

    /// Dispenses one pack after the other, each once the one before is final.
    pub(super) async fn one_at_a_time(&self, duration: Duration) -> anyhow::Result<Latencies> {
        let mut latencies = Latencies::new()?;
        let watch = Stopwatch::start();
        let mut node = 0;
        while watch.elapsed() < duration {
            let Some(position) = self.take() else { break };
            let packs = maker::packs(self.drawer, position, 1)?;
            let signed = self.pharmacy.sign(Dispense { packs })?;
            latencies.time(self.pharmacy.submit(node, &signed)).await?;
            node += 1;
        }
        Ok(latencies)
    }

    /// Ships, receives and dispenses single packs with many submissions in flight.
    pub(super) async fn sustained(
        self: &Arc<Self>,
        duration: Duration,
        in_flight: usize,
    ) -> anyhow::Result<Latencies> {
        let watch = Stopwatch::start();
        let mut workers = JoinSet::new();
        for node in 0..in_flight {
            let trade = Arc::clone(self);
            workers.spawn(async move { trade.work(node, watch, duration).await });
        }
        let mut latencies = Latencies::new()?;
        while let Some(part) = workers.join_next().await {
            latencies.add(&part??)?;
        }
        Ok(latencies)
    }

    async fn work(
        &self,
        node: usize,
        watch: Stopwatch,
        duration: Duration,
    ) -> anyhow::Result<Latencies> {
        let mut latencies = Latencies::new()?;
        while watch.elapsed() < duration {
            let Some(position) = self.take() else { break };
            let packs = maker::packs(self.shelf, position, 1)?;
            let shipped = self
                .maker
                .sign(maker::ship(self.distributor.account, packs))?;
            latencies.time(self.maker.submit(node, &shipped)).await?;
            let received = self.distributor.sign(maker::receive(&shipped.id))?;
            latencies
                .time(self.distributor.submit(node, &received))
                .await?;
            let packs = maker::packs(self.drawer, position, 1)?;
            let dispensed = self.pharmacy.sign(Dispense { packs })?;
            latencies
                .time(self.pharmacy.submit(node, &dispensed))
                .await?;
        }
        Ok(latencies)
    }
}
