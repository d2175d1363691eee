//! A file of 100,000 serials, read, checked, signed and seen through by the manufacturer's service.

use std::time::Duration;

use theriac_http::clock::Stopwatch;

use super::super::authorities::Service;
use super::super::batch::{self, PACKS};
use super::super::measure::Latencies;
use super::super::report::{Floor, Report, Workload};
use super::super::usage;
use crate::output;

/// Processor time of the service for one, in seconds.
const PROCESSOR_S_FLOOR: f64 = 5.0;
const PROCESSOR_S_AIM: f64 = 2.0;

/// Hands in files, one after the other, each a batch of its own: one at least.
pub(super) async fn measure(
    service: &Service,
    duration: Duration,
    report: &mut Report,
) -> anyhow::Result<()> {
    output::note("theriac bench: files of 100,000 packs …");
    let process = service.process()?;
    let before = usage::processor_s(process)?;
    let mut latencies = Latencies::new()?;
    let watch = Stopwatch::start();
    while latencies.count() == 0 || watch.elapsed() < duration {
        let file = batch::file();
        let lot = format!("FILE-{}", latencies.count());
        latencies
            .time(batch::call(&service.api, &lot, &file))
            .await?;
    }
    let used = usage::processor_s(process)? - before;
    report.floors.push(Floor::at_most(
        "processor time of the service for a file of 100,000 packs, s",
        used / f64::from(u32::try_from(latencies.count())?),
        PROCESSOR_S_FLOOR,
        PROCESSOR_S_AIM,
    ));
    report.note(
        "Files: all of what the service's process used until the packs were final, the following of the chain included.",
    );
    let packs = f64::from(u32::try_from(PACKS)?);
    let row = Workload::new("import_file_100000", latencies.sum_s(), packs, &latencies);
    report.workloads.push(row);
    Ok(())
}
