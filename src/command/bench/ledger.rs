//! `theriac bench ledger`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use theriac_http::clock::Stopwatch;
use theriac_ledger::constants::RUN_PACKS_MAX;
use theriac_ledger::identifier::Height;

use super::authorities::{Authorities, Signer};
use super::custody::Trade;
use super::drawer::Drawer;
use super::measure::Latencies;
use super::pallets::{self, Pallets};
use super::report::{Floor, Report, Workload};
use super::{Part, batch, commissioning, dispensing, maker, sync};
use crate::output;

/// Submit to final with one transaction in flight, median in milliseconds.
const LATENCY_MS_FLOOR: f64 = 60.0;
const LATENCY_MS_AIM: f64 = 15.0;

/// 100,000 packs in one call, accepted to final, in seconds.
const CALL_S_FLOOR: f64 = 15.0;
const CALL_S_AIM: f64 = 3.0;

/// As many packs as bare transactions.
const LOT_PACKS: usize = 100_000;
const LOT_RUNS: u16 = 4;

/// Memory of a node at rest, in megabytes.
const MEMORY_MB_FLOOR: f64 = 200.0;

/// How many times longer the large pallet may take than the small one. Both write the same records;
/// what is left is the noise of two cores that run everything.
const PALLET_RATIO_FLOOR: f64 = 1.5;
const PALLET_RATIO_AIM: f64 = 1.0;

/// Submissions in flight in the sustained workload.
const IN_FLIGHT: usize = 256;

/// Runs every workload, or those of one part.
pub(super) async fn run(
    authorities: &mut Authorities,
    only: Option<Part>,
    duration: Duration,
) -> anyhow::Result<Report> {
    let mut report = Report::begin(BTreeMap::from([
        ("authorities", u64::try_from(authorities.nodes.len())?),
        ("seconds", duration.as_secs()),
    ]));
    let memory_new = authorities.resident_mb()?;
    let maker = authorities.signer("manufacturer")?;
    let distributor = authorities.signer("distributor")?;
    let pharmacy = authorities.signer("pharmacy")?;
    let product = maker.sign(maker::product()?)?;
    let height = maker.submit(0, &product).await?;
    let is_wanted = |part| only.is_none_or(|only| only == part);

    if is_wanted(Part::Batches) {
        output::note("theriac bench: 100,000 packs in one call …");
        call(authorities, height, &mut report).await?;
        output::note("theriac bench: many packs as transactions …");
        lot(&maker, &mut report).await?;
        commissioning::measure(&maker, &mut report).await?;
        output::note("theriac bench: pallets …");
        pallets(&maker, &distributor, &mut report).await?;
    }
    if is_wanted(Part::Custody) {
        output::note("theriac bench: small hand-overs …");
        let trade = stock(maker.clone(), distributor, pharmacy.clone()).await?;
        custody(&Arc::new(trade), duration, &mut report).await?;
    }
    if is_wanted(Part::Dispense) {
        let mut drawer = Drawer::new(maker, pharmacy);
        dispensing::measure(authorities, &mut drawer, duration, &mut report).await?;
        sync::measure(authorities, &mut report).await?;
    }
    let memory = authorities.resident_mb()?;
    for (name, measured) in [
        ("memory of a new node, MB", memory_new),
        ("memory after the load, MB", memory),
    ] {
        let floor = Floor::at_most(name, measured, MEMORY_MB_FLOOR, MEMORY_MB_FLOOR);
        report.floors.push(floor);
    }
    Ok(report.end())
}

/// What a maker waits for: from the file at the service to everything final.
async fn call(
    authorities: &Authorities,
    height: Height,
    report: &mut Report,
) -> anyhow::Result<()> {
    let latencies = batch::measure(authorities, height).await?;
    let packs = f64::from(u32::try_from(batch::PACKS)?);
    let seconds = latencies.sum_s();
    report.workloads.push(Workload::new(
        "batch_call_100000",
        seconds,
        packs,
        &latencies,
    ));
    report.floors.push(Floor::at_most(
        "100,000 packs in one call, median s",
        latencies.median_ms() / 1_000.0,
        CALL_S_FLOOR,
        CALL_S_AIM,
    ));
    Ok(())
}

/// The same as bare transactions: the runs of a lot are numbered, so each is sent once the one
/// before is final.
async fn lot(maker: &Signer, report: &mut Report) -> anyhow::Result<()> {
    let each = LOT_PACKS / usize::from(LOT_RUNS);
    let mut signed = Vec::new();
    for number in 0..LOT_RUNS {
        let run = maker::run("HUNDRED", number)?;
        signed.push(maker.sign(maker::commission(run, &maker::serials(each))?)?);
    }
    let mut latencies = Latencies::new()?;
    let watch = Stopwatch::start();
    for run in &signed {
        latencies.time(maker.submit(0, run)).await?;
    }
    let seconds = watch.elapsed().as_secs_f64();
    let packs_each = f64::from(u32::try_from(each)?);
    report.workloads.push(Workload::new(
        "commission_100000",
        seconds,
        packs_each,
        &latencies,
    ));
    Ok(())
}

async fn pallets(maker: &Signer, distributor: &Signer, report: &mut Report) -> anyhow::Result<()> {
    let Pallets { large, small } = pallets::measure(maker, distributor).await?;
    let ratio = large.median_ms() / small.median_ms().max(f64::EPSILON);
    let (many, few) = (f64::from(pallets::LARGE), f64::from(pallets::SMALL));
    report.workloads.push(Workload::new(
        "ship_pallet_10000",
        large.sum_s(),
        many,
        &large,
    ));
    report
        .workloads
        .push(Workload::new("ship_pallet_100", small.sum_s(), few, &small));
    let name = "pallet of 10,000 / pallet of 100";
    report.floors.push(Floor::at_most(
        name,
        ratio,
        PALLET_RATIO_FLOOR,
        PALLET_RATIO_AIM,
    ));
    Ok(())
}

async fn stock(maker: Signer, distributor: Signer, pharmacy: Signer) -> anyhow::Result<Trade> {
    let count = u32::try_from(RUN_PACKS_MAX)?;
    let drawer = maker::hand_over(&maker, &pharmacy, "DRAWER", count).await?;
    let shelf = maker::run("SHELF", 0)?;
    let serials = maker::serials(RUN_PACKS_MAX);
    maker.act(maker::commission(shelf, &serials)?).await?;
    let next = AtomicU32::new(0);
    Ok(Trade {
        maker,
        distributor,
        pharmacy,
        shelf,
        drawer,
        count,
        next,
    })
}

async fn custody(
    trade: &Arc<Trade>,
    duration: Duration,
    report: &mut Report,
) -> anyhow::Result<()> {
    let watch = Stopwatch::start();
    let latencies = trade.one_at_a_time(duration).await?;
    let seconds = watch.elapsed().as_secs_f64();
    let median = latencies.median_ms();
    report
        .workloads
        .push(Workload::new("one_in_flight", seconds, 1.0, &latencies));
    let name = "submit to final, median ms";
    report.floors.push(Floor::at_most(
        name,
        median,
        LATENCY_MS_FLOOR,
        LATENCY_MS_AIM,
    ));

    let watch = Stopwatch::start();
    let latencies = trade.sustained(duration, IN_FLIGHT).await?;
    let seconds = watch.elapsed().as_secs_f64();
    report
        .workloads
        .push(Workload::new("sustained", seconds, 1.0, &latencies));
    Ok(())
}
