//! Packs on record, and codes of them to ask about.

use anyhow::Context as _;
use theriac_gs1::SerialNumber;
use theriac_ledger::constants::LOT_RUNS_MAX;
use theriac_ledger::identifier::{Height, RunId};

use super::authorities::{Authorities, Signer};
use super::maker;
use crate::output;

/// Packs of a run.
const RUN_PACKS: u32 = 25_000;

/// Codes kept of each run: spread over all of it, and few enough for ten million packs.
const RUN_CODES: usize = 1_000;

/// Packs on record, every one on the pharmacy's shelf: for whose account the verifier's caller asks,
/// the right answer is ACTIVE.
#[derive(Debug)]
pub(super) struct Codes {
    maker: Signer,
    pharmacy: Signer,
    packs: u32,
    runs: Vec<(RunId, Vec<SerialNumber>)>,
    /// The last block that put some on record.
    pub(super) height: Height,
}

impl Codes {
    /// None yet, of a product that is on record.
    pub(super) async fn begin(authorities: &Authorities) -> anyhow::Result<Self> {
        let maker = authorities.signer("manufacturer")?;
        maker.act(maker::product()?).await?;
        Ok(Self {
            maker,
            pharmacy: authorities.signer("pharmacy")?,
            packs: 0,
            runs: Vec::new(),
            height: 0,
        })
    }

    /// Puts packs on record until there are so many.
    pub(super) async fn record(&mut self, packs: u32) -> anyhow::Result<()> {
        let steps = packs.div_ceil(20).max(RUN_PACKS);
        let mut said = self.packs;
        while self.packs < packs {
            self.run(RUN_PACKS.min(packs - self.packs)).await?;
            if self.packs - said >= steps && self.packs < packs {
                said = self.packs;
                output::note(&format!(
                    "theriac bench: {said} of {packs} packs on record …"
                ));
            }
        }
        Ok(())
    }

    async fn run(&mut self, packs: u32) -> anyhow::Result<()> {
        let number = u16::try_from(self.runs.len())?;
        let lot = format!("VERIFY-{}", number / LOT_RUNS_MAX);
        let run = maker::run(&lot, number % LOT_RUNS_MAX)?;
        let mut serials = maker::serials(usize::try_from(packs)?);
        self.maker.act(maker::commission(run, &serials)?).await?;
        let all = maker::packs(run, 0, packs)?;
        let shipped = self
            .maker
            .act(maker::ship(self.pharmacy.account, all))
            .await?;
        let received = self.pharmacy.sign(maker::receive(&shipped))?;
        self.height = self.pharmacy.submit(0, &received).await?;
        let step = serials.len().div_ceil(RUN_CODES).max(1);
        let mut number = 0;
        serials.retain(|_| {
            number += 1;
            number % step == 0
        });
        self.runs.push((run, serials));
        self.packs += packs;
        Ok(())
    }

    /// Runs on record; as many numbers from zero on name one pack of each.
    pub(super) fn runs(&self) -> usize {
        self.runs.len()
    }

    /// A code of a pack on record. Numbers that follow each other name packs of different runs.
    pub(super) fn code(&self, number: usize) -> anyhow::Result<String> {
        let count = self.runs.len();
        let run = number.checked_rem(count).context("packs are on record")?;
        let (run, serials) = &self.runs[run];
        let place = (number / count).checked_rem(serials.len());
        let serial = &serials[place.context("a run has codes")?];
        Ok(maker::code(run, serial))
    }
}
