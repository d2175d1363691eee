//! What a pharmacy, or a distributor, has: many packs of many lots.

use anyhow::Context as _;
use theriac_ledger::identifier::{Height, TransactionId};
use tokio::task::JoinSet;

use super::super::authorities::Signer;
use super::super::maker;

/// Packs of a lot: a million packs are a thousand lots.
const LOT_PACKS: u32 = 1_000;
/// Codes kept of each lot.
const LOT_CODES: usize = 50;
/// Lots on their way at once.
const AT_ONCE: u32 = 16;

/// Packs that are with the pharmacy.
#[derive(Debug)]
pub(super) struct Shelf {
    /// What a scanner reads on some of them, each once; neighbours are of different lots.
    pub(super) codes: Vec<String>,
    /// The last block that brought some.
    pub(super) height: Height,
}

impl Shelf {
    /// Makes lots, ships and receives them.
    pub(super) async fn fill(maker: &Signer, to: &Signer, packs: u32) -> anyhow::Result<Self> {
        let lots = packs.div_ceil(LOT_PACKS);
        let mut work = JoinSet::new();
        for first in 0..AT_ONCE {
            let (maker, to) = (maker.clone(), to.clone());
            let numbers = (first..lots).step_by(usize::try_from(AT_ONCE)?);
            work.spawn(async move {
                let mut done = Vec::new();
                for number in numbers {
                    done.push(lot(&maker, &to, number).await?);
                }
                Ok::<_, anyhow::Error>(done)
            });
        }
        let mut by_lot = Vec::new();
        let mut height = 0;
        while let Some(done) = work.join_next().await {
            for (codes, received) in done?? {
                height = height.max(received);
                by_lot.push(codes);
            }
        }
        let codes = (0..LOT_CODES).flat_map(|place| {
            let of_place = by_lot.iter().map(move |codes| codes.get(place));
            of_place.flatten().cloned()
        });
        Ok(Self {
            codes: codes.collect(),
            height,
        })
    }
}

async fn lot(maker: &Signer, to: &Signer, number: u32) -> anyhow::Result<(Vec<String>, Height)> {
    let run = maker::run(&format!("SHELF-{number}"), 0)?;
    let serials = maker::serials(usize::try_from(LOT_PACKS)?);
    maker.act(maker::commission(run, &serials)?).await?;
    let packs = maker::packs(run, 0, LOT_PACKS)?;
    let shipped: TransactionId = maker.act(maker::ship(to.account, packs)).await?;
    let received = to.sign(maker::receive(&shipped))?;
    let height = to.submit(0, &received).await.context("receiving a lot")?;
    let codes = serials.iter().take(LOT_CODES);
    let codes = codes.map(|serial| maker::code(&run, serial)).collect();
    Ok((codes, height))
}
