//! Packs at the pharmacy, to be dispensed one by one.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context as _;
use theriac_ledger::action::Dispense;
use theriac_ledger::constants::RUN_PACKS_MAX;
use theriac_ledger::identifier::RunId;

use super::authorities::Signer;
use super::maker;

/// A step that visits every pack of a run once and each time another chunk, as the packs of a
/// country do: neighbours would be cheaper, because they share the record of their chunk.
const STEP: u32 = 12_417;

/// Packs that are taken once each.
#[derive(Debug)]
pub(super) struct Drawer {
    maker: Signer,
    pub(super) pharmacy: Signer,
    runs: Vec<RunId>,
    next: AtomicU32,
}

impl Drawer {
    pub(super) fn new(maker: Signer, pharmacy: Signer) -> Self {
        Self {
            maker,
            pharmacy,
            runs: Vec::new(),
            next: AtomicU32::new(0),
        }
    }

    /// Has at least so many packs ready, in whole runs.
    pub(super) async fn stock(&mut self, packs: u32) -> anyhow::Result<()> {
        let run_packs = u32::try_from(RUN_PACKS_MAX)?;
        let needed = self.next.load(Ordering::Relaxed).saturating_add(packs);
        while u32::try_from(self.runs.len())?.saturating_mul(run_packs) < needed {
            let lot = format!("DRAWER-{}", self.runs.len());
            let run = maker::hand_over(&self.maker, &self.pharmacy, &lot, run_packs).await?;
            self.runs.push(run);
        }
        Ok(())
    }

    /// Dispenses a pack that nobody took yet.
    pub(super) fn take(&self) -> anyhow::Result<Dispense> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (run, position) = place(number)?;
        let run = self.runs.get(run).context("the drawer is empty")?;
        let packs = maker::packs(*run, position, 1)?;
        Ok(Dispense { packs })
    }
}

/// In which run the pack of a number is, and where.
fn place(number: u32) -> anyhow::Result<(usize, u32)> {
    let run_packs = u32::try_from(RUN_PACKS_MAX)?;
    let position = (number % run_packs).wrapping_mul(STEP) % run_packs;
    Ok((usize::try_from(number / run_packs)?, position))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use theriac_ledger::constants::CHUNK_PACKS;

    use super::*;

    #[test]
    fn every_pack_is_taken_once_and_neighbours_in_time_are_none_in_the_run() {
        let packs = u32::try_from(RUN_PACKS_MAX).unwrap();
        let places: Vec<_> = (0..2 * packs)
            .map(|number| place(number).unwrap())
            .collect();
        assert_eq!(places.iter().collect::<HashSet<_>>().len(), places.len());
        let chunks: Vec<_> = places.iter().map(|(_, at)| at / CHUNK_PACKS).collect();
        for near in chunks.windows(16) {
            assert_eq!(near.iter().collect::<HashSet<_>>().len(), near.len());
        }
    }
}
