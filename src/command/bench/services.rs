//! `theriac bench services`: what users of the services wait for, with everything running.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use anyhow::Context as _;
use clap::ValueEnum;

use super::authorities::{Authorities, Service, Signer};
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

/// A part of the bench of the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    /// A read model rebuilt.
    Rebuild,
    /// Files of 100,000 packs, and sheets of labels.
    Maker,
    /// A stock list, and packs dispensed at the counter.
    Pharmacy,
}

/// Starts the services beside the authorities, and does what their users do.
pub(super) async fn run(
    authorities: &Authorities,
    packs: u32,
    only: Option<Part>,
    duration: Duration,
) -> anyhow::Result<Report> {
    let mut report = Report::begin(BTreeMap::from([
        ("packs", u64::from(packs)),
        ("seconds", duration.as_secs()),
        ("dispensed_a_second", u64::from(counter::PER_S)),
    ]));
    output::note("theriac bench: starting five services …");
    let mut services = authorities.services(&SERVICES).await?;
    let setting = Setting {
        authorities,
        packs,
        only,
        duration,
    };
    let measured = setting.measure(&mut services, &mut report).await;
    for service in &mut services {
        service.stop().await;
    }
    measured.map(|()| report.end())
}

/// What is measured, and for how long.
struct Setting<'a> {
    authorities: &'a Authorities,
    packs: u32,
    only: Option<Part>,
    duration: Duration,
}

impl Setting<'_> {
    async fn measure(&self, services: &mut [Service], report: &mut Report) -> anyhow::Result<()> {
        let maker = self.authorities.signer("manufacturer")?;
        let product = maker.sign(maker::product()?)?;
        let height = maker.submit(0, &product).await?;
        let is_wanted = |part| self.only.is_none_or(|only| only == part);
        if is_wanted(Part::Rebuild) {
            self.rebuild(of(services, "pharmacy")?, &maker, report)
                .await?;
        }
        if is_wanted(Part::Maker) {
            let manufacturer = of(services, "manufacturer")?;
            manufacturer.api.follow(height).await?;
            import::measure(manufacturer, self.duration, report).await?;
            labels::measure(manufacturer, self.duration, report).await?;
        }
        if is_wanted(Part::Pharmacy) {
            let packs = self.packs;
            output::note(&format!("theriac bench: {packs} packs to the pharmacy …"));
            let pharmacy = self.authorities.signer("pharmacy")?;
            let shelf = Shelf::fill(&maker, &pharmacy, packs).await?;
            let desk = of(services, "pharmacy")?;
            desk.api.follow(shelf.height).await?;
            stock::measure(&desk.api, self.duration, report).await?;
            counter::measure(desk, &shelf, self.duration, report).await?;
        }
        for service in services.iter() {
            let (name, id) = (service.program.name, service.process()?);
            let megabytes = usage::resident_mb(id)?;
            report.note(format!("Memory of the {name}: {megabytes:.0} MB."));
        }
        Ok(())
    }

    /// Has many transactions on record, and rebuilds a read model from them.
    async fn rebuild(
        &self,
        desk: &mut Service,
        maker: &Signer,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        output::note("theriac bench: transactions to rebuild a read model from …");
        let pharmacy = self.authorities.signer("pharmacy")?;
        let mut drawer = Drawer::new(maker.clone(), pharmacy);
        let seconds = u32::try_from(self.duration.as_secs())?;
        drawer.stock(seconds.saturating_mul(PACKS_PER_S)).await?;
        let pace = Pace::InFlight(IN_FLIGHT);
        let target = self.authorities.target()?;
        let outcome = load::run(&target, &drawer, pace, self.duration).await?;
        dispensing::push(report, "dispense_in_flight_512", &outcome);
        rebuild::measure(self.authorities, desk, report).await
    }
}

fn of<'s>(services: &'s mut [Service], name: &str) -> anyhow::Result<&'s mut Service> {
    let mut found = services.iter_mut();
    let found = found.find(|service| service.program.name == name);
    found.with_context(|| format!("the {name} was started"))
}
