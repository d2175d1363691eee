//! `theriac openapi`: the description of a service's interface.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Whose interface.
    service: Service,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Service {
    Manufacturer,
    Distributor,
    Pharmacy,
    Regulator,
    Verifier,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let description = match options.service {
        Service::Manufacturer => theriac_manufacturer::openapi(),
        Service::Distributor => theriac_distributor::openapi(),
        Service::Pharmacy => theriac_pharmacy::openapi(),
        Service::Regulator => theriac_regulator::openapi(),
        Service::Verifier => theriac_verifier::openapi(),
    };
    output::json(&description)?;
    Ok(ExitCode::SUCCESS)
}
