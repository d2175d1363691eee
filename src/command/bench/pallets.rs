//! Whether the cost of a hand-over depends on what is on the pallet.

use theriac_ledger::action::{Pack, Purpose};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::TransactionId;
use tokio::task::JoinSet;

use theriac_gs1::Sscc;

use super::authorities::Signer;
use super::maker;
use super::measure::Latencies;

/// Packs on the large pallet and on the small one.
pub(super) const LARGE: u32 = 10_000;
pub(super) const SMALL: u32 = 100;

/// Packs in a case.
const CASE: u32 = 100;

/// Times that each pallet goes there and back.
const ROUNDS: u32 = 10;

/// Times of shipping either.
#[derive(Debug)]
pub(super) struct Pallets {
    pub(super) large: Latencies,
    pub(super) small: Latencies,
}

/// Builds both pallets and sends them to and fro between maker and distributor, in turns, so that
/// whatever else the machine does concerns both.
pub(super) async fn measure(maker: &Signer, distributor: &Signer) -> anyhow::Result<Pallets> {
    let large = build(maker, "PALLET-L", LARGE, 1_000).await?;
    let small = build(maker, "PALLET-S", SMALL, 5_000).await?;
    let mut measured = Pallets {
        large: Latencies::new()?,
        small: Latencies::new()?,
    };
    for _ in 0..ROUNDS {
        for (from, to, purpose) in [
            (maker, distributor, Purpose::Supply),
            (distributor, maker, Purpose::Return),
        ] {
            let first = ship(from, to, purpose, large, &mut measured.large).await?;
            let second = ship(from, to, purpose, small, &mut measured.small).await?;
            to.act(maker::receive(&first)).await?;
            to.act(maker::receive(&second)).await?;
        }
    }
    Ok(measured)
}

async fn ship(
    from: &Signer,
    to: &Signer,
    purpose: Purpose,
    pallet: Sscc,
    latencies: &mut Latencies,
) -> anyhow::Result<TransactionId> {
    let signed = from.sign(maker::ship_unit(to.account, purpose, pallet)?)?;
    latencies.time(from.submit(0, &signed)).await?;
    Ok(signed.id)
}

/// Commissions packs, packs them into cases, and the cases onto a pallet.
async fn build(signer: &Signer, lot: &str, count: u32, first_sscc: u32) -> anyhow::Result<Sscc> {
    let run = maker::run(lot, 0)?;
    let serials = maker::serials(usize::try_from(count)?);
    signer.act(maker::commission(run, &serials)?).await?;
    let mut cases = Vec::new();
    let mut work = JoinSet::new();
    for case in 0..count / CASE {
        let sscc = maker::sscc(first_sscc + 1 + case)?;
        let packs = maker::packs(run, case * CASE, CASE)?;
        let signer = signer.clone();
        work.spawn(async move {
            signer
                .act(Pack {
                    sscc,
                    packs,
                    units: BoundedList::empty(),
                })
                .await
        });
        cases.push(sscc);
    }
    while let Some(done) = work.join_next().await {
        done??;
    }
    let sscc = maker::sscc(first_sscc)?;
    cases.sort_unstable();
    let units = BoundedList::new(cases)?;
    signer
        .act(Pack {
            sscc,
            packs: BoundedList::empty(),
            units,
        })
        .await?;
    Ok(sscc)
}
