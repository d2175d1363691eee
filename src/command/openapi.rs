//! `theriac openapi`: the description of a service's interface.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde::Serialize;

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
    output::json(&description(options.service))?;
    Ok(ExitCode::SUCCESS)
}

fn description(service: Service) -> impl Serialize {
    match service {
        Service::Manufacturer => theriac_manufacturer::openapi(),
        Service::Distributor => theriac_distributor::openapi(),
        Service::Pharmacy => theriac_pharmacy::openapi(),
        Service::Regulator => theriac_regulator::openapi(),
        Service::Verifier => theriac_verifier::openapi(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// Operations that need neither the database, by which callers are known, nor the copy of the ledger.
    const NEED_NOTHING: [(Service, &str); 1] = [(Service::Verifier, "/genesis.json")];

    #[test]
    fn every_operation_says_that_it_may_be_asked_too_often_and_may_be_out_of_service() {
        for service in Service::value_variants() {
            let description = serde_json::to_value(description(*service)).unwrap();
            for (path, item) in description["paths"].as_object().unwrap() {
                let operations = item.as_object().unwrap().iter();
                let operations = operations.filter(|(method, _)| *method != "options");
                for (method, operation) in operations {
                    let has = |status: &str| operation["responses"][status] != Value::Null;
                    let needs_nothing = NEED_NOTHING.contains(&(*service, path));
                    assert!(has("429"), "{service:?} {method} {path} lacks 429");
                    assert_eq!(has("503"), !needs_nothing, "{service:?} {method} {path}");
                }
            }
        }
    }
}
