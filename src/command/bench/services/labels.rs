//! Labels on sheets: drawn, each read back, and put into a PDF.

use std::time::Duration;

use anyhow::ensure;
use serde_json::{Value, json};
use theriac_http::clock::Stopwatch;

use super::super::authorities::Service;
use super::super::measure::Latencies;
use super::super::report::{Floor, Report, Workload};
use super::super::{maker, usage};
use crate::output;

/// Labels of one request.
const LABELS: usize = 500;
const CARRIERS: [&str; 2] = ["qr", "datamatrix"];

/// Labels in a minute of one core.
const PER_MINUTE_FLOOR: f64 = 1_000.0;
const PER_MINUTE_AIM: f64 = 5_000.0;

/// Asks for sheets of packs, one after the other: one at least with each kind of code.
pub(super) async fn measure(
    service: &Service,
    duration: Duration,
    report: &mut Report,
) -> anyhow::Result<()> {
    output::note("theriac bench: sheets of labels …");
    let process = service.process()?;
    let before = usage::processor_s(process)?;
    let mut latencies = Latencies::new()?;
    let watch = Stopwatch::start();
    while latencies.count() == 0 || watch.elapsed() < duration {
        for carrier in CARRIERS {
            let body = sheet(carrier)?;
            let name = format!("labels-{}", latencies.count());
            let asked = service.api.post(&name, "/api/v1/labels/sheets", &body);
            let answer = latencies.time(asked).await?;
            ensure!(
                answer.status == 200,
                "the labels were answered with {}: {}",
                answer.status,
                answer.body
            );
        }
    }
    let used = usage::processor_s(process)? - before;
    let each = f64::from(u32::try_from(LABELS)?);
    let count = f64::from(u32::try_from(latencies.count())?) * each;
    report.floors.push(Floor::at_least(
        "labels a minute of processor time",
        count * 60.0 / used.max(f64::EPSILON),
        PER_MINUTE_FLOOR,
        PER_MINUTE_AIM,
    ));
    let row = Workload::new("labels_sheet_500", latencies.sum_s(), each, &latencies);
    report.workloads.push(row);
    Ok(())
}

fn sheet(carrier: &str) -> anyhow::Result<Value> {
    let run = maker::run("LABELS", 0)?;
    let labels: Vec<Value> = maker::serials(LABELS)
        .iter()
        .map(|serial| {
            json!({
                "gtin": run.gtin.to_string(),
                "lot": run.lot.to_string(),
                "serial": serial.as_str(),
                "expiry": "2029-06-30",
            })
        })
        .collect();
    Ok(json!({ "labels": labels, "carrier": carrier }))
}
