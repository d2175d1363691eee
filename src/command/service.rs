//! `theriac manufacturer`, `distributor`, `pharmacy`, `regulator`, `verifier`: the services.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use serde::de::DeserializeOwned;
use theriac_http::config;

use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The configuration file (TOML).
    #[arg(long)]
    config: PathBuf,
    /// Print the configuration in force, secrets masked, and end.
    #[arg(long)]
    print_config: bool,
}

/// Which service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Service {
    Manufacturer,
    Distributor,
    Pharmacy,
    Regulator,
    Verifier,
}

/// Starts a service and runs it until it is stopped.
macro_rules! run_service {
    ($service:ident, $prefix:literal, $options:expr) => {{
        let Some(settings) = load::<$service::Config>($prefix, $options)? else {
            return Ok(ExitCode::SUCCESS);
        };
        theriac_http::logging::init(&settings.log)?;
        runtime()?.block_on(async move {
            let application = $service::start(settings).await?;
            output::line(&format!("listening http://{}", application.address()))?;
            application.stopped().await?;
            anyhow::Ok(ExitCode::SUCCESS)
        })
    }};
}

pub(crate) fn run(service: Service, options: &Options) -> anyhow::Result<ExitCode> {
    match service {
        Service::Manufacturer => {
            run_service!(theriac_manufacturer, "THERIAC_MANUFACTURER", options)
        }
        Service::Distributor => run_service!(theriac_distributor, "THERIAC_DISTRIBUTOR", options),
        Service::Pharmacy => run_service!(theriac_pharmacy, "THERIAC_PHARMACY", options),
        Service::Regulator => run_service!(theriac_regulator, "THERIAC_REGULATOR", options),
        Service::Verifier => run_service!(theriac_verifier, "THERIAC_VERIFIER", options),
    }
}

/// Reads the settings; none where they were only to be printed.
fn load<T: DeserializeOwned + Serialize>(
    prefix: &str,
    options: &Options,
) -> anyhow::Result<Option<T>> {
    let settings = load_settings(prefix, &options.config)?;
    if options.print_config {
        output::line(&config::print_masked(&settings)?)?;
        return Ok(None);
    }
    Ok(Some(settings))
}

/// Reads the settings of a program, refusing a file that is not there.
pub(crate) fn load_settings<T: DeserializeOwned>(prefix: &str, file: &Path) -> anyhow::Result<T> {
    anyhow::ensure!(
        file.is_file(),
        "there is no configuration file {}; samples are in deploy/samples",
        file.display()
    );
    Ok(config::load(prefix, Some(file))?)
}

/// The runtime of a program.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
}
