//! The first page of a stock.

use std::time::Duration;

use anyhow::ensure;
use theriac_http::clock::Stopwatch;

use super::super::measure::Latencies;
use super::super::report::{Floor, Report, Workload};
use crate::command::demo::api::Api;
use crate::output;

/// The first page, in milliseconds.
const P95_MS_FLOOR: f64 = 50.0;
const P95_MS_AIM: f64 = 10.0;

/// Reads it again and again, one after the other.
pub(super) async fn measure(
    api: &Api,
    duration: Duration,
    report: &mut Report,
) -> anyhow::Result<()> {
    output::note("theriac bench: the stock, first page …");
    let mut latencies = Latencies::new()?;
    let watch = Stopwatch::start();
    while watch.elapsed() < duration {
        let answer = latencies.time(api.get("/api/v1/stock")).await?;
        let lines = answer.body["stock"].as_array().map_or(0, Vec::len);
        ensure!(
            answer.status == 200 && lines > 0,
            "the stock was answered with {}: {}",
            answer.status,
            answer.body
        );
    }
    report.floors.push(Floor::at_most(
        "first page of the stock, p95 ms",
        latencies.quantile_ms(0.95),
        P95_MS_FLOOR,
        P95_MS_AIM,
    ));
    let seconds = watch.elapsed().as_secs_f64();
    let row = Workload::new("stock_first_page", seconds, 0.0, &latencies);
    report.workloads.push(row);
    Ok(())
}
