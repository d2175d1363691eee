//! Packs dispensed at a pharmacy's service: from the request to the final answer, at a fixed rate.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::json;
use theriac_http::clock::Stopwatch;
use tokio::task::JoinSet;

use super::super::authorities::Service;
use super::super::measure::Latencies;
use super::super::report::{Floor, Report, Workload};
use super::super::usage;
use super::shelf::Shelf;
use crate::command::demo::api::Api;
use crate::output;

/// Requests a second, as in a chain of pharmacies at noon.
pub(super) const PER_S: u32 = 50;

/// From request to final answer, in milliseconds.
const P95_MS_FLOOR: f64 = 300.0;
const P95_MS_AIM: f64 = 100.0;

/// Sends each request when it is due, whatever became of those before; its time counts from then.
pub(super) async fn measure(
    service: &Service,
    shelf: &Shelf,
    duration: Duration,
    report: &mut Report,
) -> anyhow::Result<()> {
    output::note(&format!(
        "theriac bench: {PER_S} packs dispensed a second at the pharmacy …"
    ));
    let process = service.process()?;
    let before = usage::processor_s(process)?;
    let watch = Arc::new(Stopwatch::start());
    let mut asking = JoinSet::new();
    let mut latencies = Latencies::new()?;
    for number in 0u32.. {
        let due = Duration::from_secs(1) * number / PER_S;
        if due >= duration {
            break;
        }
        if let Some(early) = due.checked_sub(watch.elapsed()) {
            tokio::time::sleep(early).await;
        }
        let code = shelf.codes.get(usize::try_from(number)?);
        let code = code
            .context("more packs are needed: raise --packs")?
            .clone();
        let (api, watch) = (service.api.clone(), Arc::clone(&watch));
        asking.spawn(async move {
            dispense(&api, number, &code).await?;
            Ok::<_, anyhow::Error>(watch.elapsed().saturating_sub(due))
        });
    }
    while let Some(answered) = asking.join_next().await {
        latencies.record(answered??);
    }
    let seconds = watch.elapsed().as_secs_f64();
    report.floors.push(Floor::at_most(
        "dispensed at the pharmacy, request to final answer, p95 ms",
        latencies.quantile_ms(0.95),
        P95_MS_FLOOR,
        P95_MS_AIM,
    ));
    let used = usage::processor_s(process)? - before;
    report.figure(
        "processor time of the pharmacy for a pack dispensed there, ms",
        1_000.0 * used / f64::from(u32::try_from(latencies.count())?),
    );
    let row = Workload::new("dispense_at_the_counter", seconds, 1.0, &latencies);
    report.workloads.push(row);
    Ok(())
}

async fn dispense(api: &Api, number: u32, code: &str) -> anyhow::Result<()> {
    let name = format!("counter-{number}");
    let body = json!({ "codes": [code] });
    let answer = api.post(&name, "/api/v1/dispensings", &body).await?;
    // 200 is final; 202 is only kept.
    ensure!(
        answer.status == 200,
        "the pharmacy answered {}: {}",
        answer.status,
        answer.body
    );
    Ok(())
}
