//! `theriac bench verify`.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::ensure;
use theriac_http::clock::Stopwatch;
use theriac_ledger::identifier::Height;
use tokio::task::JoinSet;

use super::authorities::Authorities;
use super::maker;
use super::measure::Latencies;
use super::report::{Floor, Report, Workload};
use crate::command::demo::api::Api;
use crate::command::demo::processes;
use crate::output;

/// Median of a check on the server, in milliseconds.
const CHECK_MS_FLOOR: f64 = 20.0;
const CHECK_MS_AIM: f64 = 5.0;

/// Time of an answer with its evidence while [`IN_FLIGHT`] are asked for, in milliseconds: 500 a
/// second, and 5,000.
const EVIDENCE_MS_FLOOR: f64 = 2.0;
const EVIDENCE_MS_AIM: f64 = 0.2;

/// How many packs are on record at least and at most, and how many of them are one run.
pub(super) const PACKS: RangeInclusive<i64> = 1_000..=1_000_000;
const RUN_PACKS: u32 = 25_000;

/// Checks in flight in the concurrent workload.
const IN_FLIGHT: usize = 32;

/// Starts a verifier beside the authorities, lets it follow, and asks it.
pub(super) async fn run(
    authorities: &Authorities,
    packs: u32,
    duration: Duration,
) -> anyhow::Result<Report> {
    let mut report = Report::begin();
    output::note(&format!("theriac bench: putting {packs} packs on record …"));
    let (codes, height) = record(authorities, packs).await?;
    let mut service = authorities.service("verifier").await?;
    let measured = tokio::select! {
        measured = measure(&service.api, Arc::new(codes), height, duration, &mut report) => measured,
        failure = service.running[0].ended() => Err(failure),
    };
    processes::stop_all(&mut service.running).await;
    measured.map(|()| report.end())
}

/// Puts packs on record and hands them to the pharmacy, for whose account the verifier's caller asks:
/// the right answer about a pack on one's own shelf is ACTIVE.
async fn record(authorities: &Authorities, packs: u32) -> anyhow::Result<(Vec<String>, Height)> {
    let maker = authorities.signer("manufacturer")?;
    let pharmacy = authorities.signer("pharmacy")?;
    maker.act(maker::product()?).await?;
    let mut codes = Vec::with_capacity(usize::try_from(packs)?);
    let mut height = 0;
    let runs = u16::try_from(packs.div_ceil(RUN_PACKS))?;
    for number in 0..runs {
        let packs_each = RUN_PACKS.min(packs - u32::from(number) * RUN_PACKS);
        let run = maker::run("VERIFY", number)?;
        let serials = maker::serials(usize::try_from(packs_each)?);
        maker.act(maker::commission(run, &serials)?).await?;
        let all = maker::packs(run, 0, packs_each)?;
        let shipped = maker.act(maker::ship(pharmacy.account, all)).await?;
        let received = pharmacy.sign(maker::receive(&shipped))?;
        height = pharmacy.submit(0, &received).await?;
        codes.extend(serials.iter().map(|serial| maker::code(&run, serial)));
    }
    Ok((codes, height))
}

async fn measure(
    api: &Api,
    codes: Arc<Vec<String>>,
    height: Height,
    duration: Duration,
    report: &mut Report,
) -> anyhow::Result<()> {
    api.verify(&codes[0], height).await?;
    output::note("theriac bench: asking the verifier …");
    let next = Arc::new(AtomicUsize::new(0));
    let watch = Stopwatch::start();
    let latencies = check(api, PLAIN, &codes, &next, duration).await?;
    let seconds = watch.elapsed().as_secs_f64();
    let median = latencies.median_ms();
    report
        .workloads
        .push(Workload::new("verify_sequential", seconds, 1.0, &latencies));
    report.floors.push(Floor::new(
        "verify, median ms",
        median,
        CHECK_MS_FLOOR,
        CHECK_MS_AIM,
    ));

    for (name, path) in [
        ("verify_concurrent", PLAIN),
        ("verify_with_evidence", EVIDENCE),
    ] {
        let watch = Stopwatch::start();
        let latencies = concurrently(api, path, &codes, &next, duration).await?;
        let seconds = watch.elapsed().as_secs_f64();
        let workload = Workload::new(name, seconds, 1.0, &latencies);
        if path == EVIDENCE {
            report.floors.push(Floor::new(
                "an answer with its evidence, ms",
                1_000.0 / workload.tx_per_s(),
                EVIDENCE_MS_FLOOR,
                EVIDENCE_MS_AIM,
            ));
        }
        report.workloads.push(workload);
    }
    Ok(())
}

/// Where codes are asked about, without evidence and with it.
const PLAIN: &str = "/verify";
const EVIDENCE: &str = "/verify?evidence=true";

/// Checks many packs at once.
async fn concurrently(
    api: &Api,
    path: &'static str,
    codes: &Arc<Vec<String>>,
    next: &Arc<AtomicUsize>,
    duration: Duration,
) -> anyhow::Result<Latencies> {
    let mut workers = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (api, codes, next) = (api.clone(), Arc::clone(codes), Arc::clone(next));
        workers.spawn(async move { check(&api, path, &codes, &next, duration).await });
    }
    let mut latencies = Latencies::new()?;
    while let Some(part) = workers.join_next().await {
        latencies.add(&part??)?;
    }
    Ok(latencies)
}

/// Checks packs one after the other, each another one; every answer must be the right one.
async fn check(
    api: &Api,
    path: &str,
    codes: &[String],
    next: &AtomicUsize,
    duration: Duration,
) -> anyhow::Result<Latencies> {
    let mut latencies = Latencies::new()?;
    let watch = Stopwatch::start();
    while watch.elapsed() < duration {
        // A step prime to the number of packs visits runs and positions far apart.
        let position = next.fetch_add(7_919, Ordering::Relaxed) % codes.len();
        let body = serde_json::json!({ "code": codes[position] });
        let answer = latencies.time(api.post("bench", path, &body)).await?;
        ensure!(
            answer.body["answer"] == "ACTIVE"
                && answer.body["evidence"].is_object() == (path == EVIDENCE),
            "the verifier answered {}: {}",
            answer.status,
            answer.body
        );
    }
    Ok(latencies)
}
