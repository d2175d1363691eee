//! `theriac bench services`: what users of the services wait for, with everything running.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use anyhow::Context as _;

use super::authorities::{Authorities, Service};
use super::drawer::Drawer;
use super::load::{self, Pace};
use super::report::Report;
use super::{dispensing, maker, usage};
use crate::output;

mod counter;
mod import;
mod labels;
mod rebuild;
mod shelf;
mod stock;

use shelf::Shelf;

/// Packs that the pharmacy holds at least and at most.
pub(super) const PACKS: RangeInclusive<i64> = 2_000..=10_000_000;

/// Every service of the demonstration, as on a working day.
const SERVICES: [&str; 5] = [
    "manufacturer",
    "distributor",
    "pharmacy",
    "regulator",
    "verifier",
];

/// Transactions in flight that give a read model something to be rebuilt from.
const IN_FLIGHT: usize = 512;
/// Packs ready for each second of that: more than was ever served.
const PACKS_PER_S: u32 = 3_000;

/// Starts the services beside the authorities, and does what their users do.
pub(super) async fn run(
    authorities: &Authorities,
    packs: u32,
    duration: Duration,
) -> anyhow::Result<Report> {
    let report = Report::begin(BTreeMap::from([
        ("packs", u64::from(packs)),
        ("seconds", duration.as_secs()),
        ("dispensed_a_second", u64::from(counter::PER_S)),
    ]));
    output::note("theriac bench: starting five services …");
    let mut services = authorities.services(&SERVICES).await?;
    let measured = measure(authorities, &mut services, packs, duration, report).await;
    for service in &mut services {
        service.stop().await;
    }
    measured.map(Report::end)
}

async fn measure(
    authorities: &Authorities,
    services: &mut [Service],
    packs: u32,
    duration: Duration,
    mut report: Report,
) -> anyhow::Result<Report> {
    let (maker, pharmacy) = (
        authorities.signer("manufacturer")?,
        authorities.signer("pharmacy")?,
    );
    let product = maker.sign(maker::product()?)?;
    let height = maker.submit(0, &product).await?;
    of(services, "pharmacy")?.api.follow(height).await?;
    output::note("theriac bench: transactions to rebuild a read model from …");
    let mut drawer = Drawer::new(maker.clone(), pharmacy.clone());
    let seconds = u32::try_from(duration.as_secs())?;
    drawer.stock(seconds.saturating_mul(PACKS_PER_S)).await?;
    let pace = Pace::InFlight(IN_FLIGHT);
    let outcome = load::run(&authorities.target()?, &drawer, pace, duration).await?;
    dispensing::push(&mut report, "dispense_in_flight_512", &outcome);
    let desk = of(services, "pharmacy")?;
    rebuild::measure(authorities, desk, &mut report).await?;

    let manufacturer = of(services, "manufacturer")?;
    manufacturer.api.follow(height).await?;
    import::measure(manufacturer, duration, &mut report).await?;
    labels::measure(manufacturer, duration, &mut report).await?;

    output::note(&format!("theriac bench: {packs} packs to the pharmacy …"));
    let shelf = Shelf::fill(&maker, &pharmacy, packs).await?;
    let desk = of(services, "pharmacy")?;
    desk.api.follow(shelf.height).await?;
    stock::measure(&desk.api, duration, &mut report).await?;
    counter::measure(&desk.api, &shelf, duration, &mut report).await?;
    for service in services.iter() {
        let megabytes = usage::resident_mb(service.process()?)?;
        report.note(format!(
            "Memory of the {}: {megabytes:.0} MB.",
            service.program.name
        ));
    }
    Ok(report)
}

fn of<'s>(services: &'s mut [Service], name: &str) -> anyhow::Result<&'s mut Service> {
    let found = services
        .iter_mut()
        .find(|service| service.program.name == name);
    found.with_context(|| format!("the {name} was started"))
}
