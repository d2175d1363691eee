//! `theriac bench soak`: a fixed rate for minutes, while memory is watched.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;

use super::authorities::Authorities;
use super::drawer::Drawer;
use super::load::{self, Outcome, Pace};
use super::report::{Floor, Report};
use super::{dispensing, maker};
use crate::output;

/// Looks at memory in a whole run.
const LOOKS: u32 = 120;

/// The first part of a run in which memory may grow: caches fill.
const WARM_UP_SHARE: f64 = 0.3;

/// The ends of so many parts of a run tell how memory went.
const PARTS: usize = 10;

/// Growth of memory after the warm-up, in percent.
const GROWTH_FLOOR: f64 = 5.0;

/// What is refused or late in a rate that is served, in percent.
const UNSERVED_FLOOR: f64 = 1.0;

/// Dispenses `rate` packs a second for `duration`.
pub(super) async fn run(
    authorities: &Authorities,
    rate: u32,
    duration: Duration,
) -> anyhow::Result<Report> {
    let mut report = Report::begin(BTreeMap::from([
        ("rate", u64::from(rate)),
        ("seconds", duration.as_secs()),
    ]));
    let maker = authorities.signer("manufacturer")?;
    maker.act(maker::product()?).await?;
    let mut drawer = Drawer::new(maker, authorities.signer("pharmacy")?);
    output::note("theriac bench: putting packs on record …");
    let packs = u32::try_from(duration.as_secs())?.saturating_mul(rate);
    drawer.stock(packs).await?;
    output::note(&format!(
        "theriac bench: {rate} packs dispensed a second for {} s …",
        duration.as_secs()
    ));
    let target = authorities.target()?;
    let mut looks: Vec<Vec<f64>> = Vec::new();
    let looking = async {
        loop {
            looks.push(authorities.resident_mb_each()?);
            tokio::time::sleep(duration / LOOKS).await;
        }
    };
    let pace = Pace::PerSecond(f64::from(rate));
    let outcome: Outcome = tokio::select! {
        outcome = load::run(&target, &drawer, pace, duration) => outcome?,
        broken = looking => return broken,
    };
    dispensing::push(&mut report, "soak", &outcome);
    judge(&looks, &outcome, rate, &mut report)?;
    Ok(report.end())
}

fn judge(
    looks: &[Vec<f64>],
    outcome: &Outcome,
    rate: u32,
    report: &mut Report,
) -> anyhow::Result<()> {
    let served = 100.0 * outcome.per_s() / f64::from(rate);
    report.floors.push(Floor::at_most(
        "of the rate not final in time, %",
        100.0 - served,
        UNSERVED_FLOOR,
        0.0,
    ));
    let count = looks.first().map_or(0, Vec::len);
    let mut growth = 0.0_f64;
    for authority in 0..count {
        let of_one = looks.iter().filter_map(|look| look.get(authority).copied());
        growth = growth.max(growth_percent(&of_one.collect::<Vec<_>>())?);
    }
    report.floors.push(Floor::at_most(
        "growth of memory after warm-up, %",
        growth,
        GROWTH_FLOOR,
        0.0,
    ));
    let last = looks.last().context("memory was looked at")?;
    let largest = |look: &[f64]| look.iter().copied().fold(0.0, f64::max);
    report.figure(
        "memory of the largest authority at the end, MB",
        largest(last),
    );
    let parts = looks.chunks(looks.len().div_ceil(PARTS));
    let parts: Vec<String> = parts
        .filter_map(|part| part.last())
        .map(|look| format!("{:.0}", largest(look)))
        .collect();
    report.note(format!(
        "Memory of the largest authority at the end of each of {} parts, MB: {}.",
        parts.len(),
        parts.join(", ")
    ));
    report.note(format!(
        "Growth of memory: of each authority, the mean of the last tenth of {} looks against that of \
         the tenth after the warm-up (the first {:.0} %); the largest of them.",
        looks.len(),
        100.0 * WARM_UP_SHARE
    ));
    Ok(())
}

/// By how much the end lies above what followed the warm-up, in percent.
fn growth_percent(looks: &[f64]) -> anyhow::Result<f64> {
    let tenth = looks.len().div_ceil(10);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of some hundred looks"
    )]
    let warm = (looks.len() as f64 * WARM_UP_SHARE) as usize;
    let first = looks.get(warm..).and_then(|looks| looks.get(..tenth));
    let last = looks
        .len()
        .checked_sub(tenth)
        .and_then(|at| looks.get(at..));
    let both = first.zip(last).filter(|(first, _)| !first.is_empty());
    let (first, last) = both.context("memory was looked at too seldom")?;
    Ok(100.0 * (mean(last)? / mean(first)? - 1.0))
}

fn mean(values: &[f64]) -> anyhow::Result<f64> {
    let count = u32::try_from(values.len())?;
    Ok(values.iter().sum::<f64>() / f64::from(count.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_during_the_warm_up_counts_nothing_and_growth_after_it_counts() {
        let warmed: Vec<f64> = (0..100).map(|look| f64::from(look.min(20))).collect();
        assert!(growth_percent(&warmed).unwrap().abs() < 1e-9);
        let leaking: Vec<f64> = (0..100).map(|look| 100.0 + f64::from(look)).collect();
        let growth = growth_percent(&leaking).unwrap();
        assert!((40.0..50.0).contains(&growth), "{growth}");
        assert!(growth_percent(&[]).is_err());
    }
}
