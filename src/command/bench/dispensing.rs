//! Single packs dispensed: how many a second, how fast at half of that, and with one authority dead.

use std::time::Duration;

use super::authorities::Authorities;
use super::drawer::Drawer;
use super::load::{self, Outcome, Pace, Target};
use super::report::{Floor, Report, Workload};
use super::tables;
use crate::output;

/// Transactions in flight where as many as possible are to be served.
const IN_FLIGHT: usize = 512;

/// Packs that are ready for each second of a workload: more than was ever served.
const PACKS_PER_S: u32 = 6_000;

/// Shares of what was served with [`IN_FLIGHT`] at which a fixed rate is tried, one after the other.
const STEPS: [f64; 6] = [1.0, 0.9, 0.8, 0.7, 0.6, 0.5];

/// A fixed rate is served when so much of it becomes final each second, so that no queue grows,
/// nothing is refused, and nearly everything is final within a time at which people still wait.
const SERVED_SHARE: f64 = 0.97;
const SERVED_P99_MS: f64 = 2_000.0;

/// Transactions a second at a fixed rate.
const PEAK_FLOOR: f64 = 1_000.0;
const PEAK_AIM: f64 = 2_500.0;

/// At half of that rate, in milliseconds.
const HALF_P99_MS_FLOOR: f64 = 300.0;
const HALF_P99_MS_AIM: f64 = 100.0;

/// With one authority of four dead, in percent of the healthy rate.
const DEAD_PERCENT_FLOOR: f64 = 60.0;

/// Runs every workload; afterwards one authority is dead.
pub(super) async fn measure(
    authorities: &mut Authorities,
    drawer: &mut Drawer,
    duration: Duration,
    report: &mut Report,
) -> anyhow::Result<()> {
    let seconds = u32::try_from(duration.as_secs())?;
    let packs = seconds.saturating_mul(PACKS_PER_S);
    let target = authorities.target()?;
    drawer.stock(packs).await?;
    output::note("theriac bench: single packs dispensed, as many as possible …");
    let before = Used::read(authorities)?;
    let healthy = load::run(&target, drawer, Pace::InFlight(IN_FLIGHT), duration).await?;
    Used::read(authorities)?.report(before, &healthy, report)?;
    push(report, "dispense_in_flight_512", &healthy);

    let peak = peak(&target, drawer, packs, healthy.per_s(), duration, report).await?;
    report.floors.push(Floor::at_least(
        "single packs dispensed, tx/s",
        peak,
        PEAK_FLOOR,
        PEAK_AIM,
    ));
    output::note("theriac bench: single packs dispensed, at half of peak …");
    drawer.stock(packs).await?;
    let half = load::run(&target, drawer, Pace::PerSecond(peak / 2.0), duration).await?;
    push(report, "dispense_at_half_of_peak", &half);
    report.floors.push(Floor::at_most(
        "at half of peak, p99 ms",
        half.latencies.quantile_ms(0.99),
        HALF_P99_MS_FLOOR,
        HALF_P99_MS_AIM,
    ));

    output::note("theriac bench: single packs dispensed, one authority of four dead …");
    drawer.stock(packs).await?;
    let chain = authorities.stop_last().await?;
    tables::measure(chain, report).await?;
    let target = authorities.target()?;
    let dead = load::run(&target, drawer, Pace::InFlight(IN_FLIGHT), duration).await?;
    push(report, "dispense_one_of_four_dead", &dead);
    report.floors.push(Floor::at_least(
        "one authority of four dead, % of healthy",
        100.0 * dead.per_s() / healthy.per_s(),
        DEAD_PERCENT_FLOOR,
        100.0,
    ));
    Ok(())
}

/// The highest fixed rate of those tried that is served; none is higher than `most`.
async fn peak(
    target: &Target,
    drawer: &mut Drawer,
    packs: u32,
    most: f64,
    duration: Duration,
    report: &mut Report,
) -> anyhow::Result<f64> {
    for share in STEPS {
        let rate = most * share;
        output::note(&format!(
            "theriac bench: single packs dispensed, {rate:.0} a second …"
        ));
        drawer.stock(packs).await?;
        let outcome = load::run(target, drawer, Pace::PerSecond(rate), duration).await?;
        if is_served(&outcome, rate) {
            push(report, "dispense_at_peak", &outcome);
            // What waited before the counting began may be counted in it.
            return Ok(outcome.per_s().min(rate));
        }
        push(report, "dispense_not_kept_up", &outcome);
    }
    report.note("No rate that was tried was served; the last one counts as peak.");
    Ok(most * STEPS[STEPS.len() - 1])
}

fn is_served(outcome: &Outcome, rate: f64) -> bool {
    outcome.refused == 0
        && outcome.lost == 0
        && outcome.per_s() >= rate * SERVED_SHARE
        && outcome.latencies.quantile_ms(0.99) <= SERVED_P99_MS
}

pub(super) fn push(report: &mut Report, name: &'static str, outcome: &Outcome) {
    let Outcome {
        seconds,
        sent,
        refused,
        lost,
        counted,
        latencies,
    } = outcome;
    if refused + lost > 0 {
        report.note(format!(
            "{name}: of {sent} sent, {refused} were refused and {lost} were never final."
        ));
    }
    let row = Workload::counted(name, *seconds, 1.0, *counted, latencies);
    report.workloads.push(row);
}

/// What was used up to some moment.
#[derive(Debug, Clone, Copy)]
struct Used {
    authorities_s: f64,
    client_s: f64,
}

impl Used {
    fn read(authorities: &Authorities) -> anyhow::Result<Self> {
        Ok(Self {
            authorities_s: authorities.processor_s()?,
            client_s: super::usage::processor_s(std::process::id())?,
        })
    }

    /// What each transaction took.
    fn report(self, before: Self, outcome: &Outcome, report: &mut Report) -> anyhow::Result<()> {
        let count = f64::from(u32::try_from(outcome.latencies.count())?);
        let us_each = |seconds: f64| seconds * 1_000_000.0 / count;
        report.figure(
            "processor time of all authorities for a transaction, us",
            us_each(self.authorities_s - before.authorities_s),
        );
        report.figure(
            "processor time of the client for a transaction, us",
            us_each(self.client_s - before.client_s),
        );
        Ok(())
    }
}
