//! Packs brought into being: how many a second.

use std::sync::Arc;

use theriac_http::clock::Stopwatch;
use tokio::task::JoinSet;

use super::authorities::{Signed, Signer};
use super::maker;
use super::measure::Latencies;
use super::report::{Floor, Report, Workload};

/// Lots that are commissioned side by side, as by several packaging lines. The runs of one lot are
/// numbered, and follow each other.
const LOTS: u16 = 4;
const RUNS: u16 = 4;
const RUN_PACKS: usize = 25_000;

/// Packs a second.
const PACKS_FLOOR: f64 = 20_000.0;
const PACKS_AIM: f64 = 50_000.0;

/// Commissions every lot.
pub(super) async fn measure(maker: &Signer, report: &mut Report) -> anyhow::Result<()> {
    let mut lots = Vec::new();
    for lot in 0..LOTS {
        lots.push(sign(maker, &format!("LINE-{lot}"))?);
    }
    let watch = Stopwatch::start();
    let mut lines = JoinSet::new();
    for (node, lot) in lots.into_iter().enumerate() {
        let maker = Arc::new(maker.clone());
        lines.spawn(async move {
            let mut latencies = Latencies::new()?;
            for run in &lot {
                latencies.time(maker.submit(node, run)).await?;
            }
            Ok::<_, anyhow::Error>(latencies)
        });
    }
    let mut latencies = Latencies::new()?;
    while let Some(line) = lines.join_next().await {
        latencies.add(&line??)?;
    }
    let seconds = watch.elapsed().as_secs_f64();
    let packs_each = f64::from(u32::try_from(RUN_PACKS)?);
    let workload = Workload::new("commission_4_lots", seconds, packs_each, &latencies);
    report.floors.push(Floor::at_least(
        "packs commissioned, packs/s",
        workload.packs_per_s(),
        PACKS_FLOOR,
        PACKS_AIM,
    ));
    report.workloads.push(workload);
    Ok(())
}

fn sign(maker: &Signer, lot: &str) -> anyhow::Result<Vec<Signed>> {
    (0..RUNS)
        .map(|number| {
            let run = maker::run(lot, number)?;
            maker.sign(maker::commission(run, &maker::serials(RUN_PACKS))?)
        })
        .collect()
}
