//! `theriac database rebuild`: what came from the chain, once more.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use theriac_http::clock::SystemClock;
use theriac_partner::rebuild::{Progress, RebuildSetup, rebuild_read_model};
use theriac_partner::settings::{AccountSettings, DatabaseSettings, LedgerSettings};

use crate::arguments::OutputForm;
use crate::command::configured::read_service;
use crate::command::service::runtime;
use crate::output;

/// How often progress is said.
const SAY_EVERY: Duration = Duration::from_secs(1);

/// The part of a service's configuration that is needed here.
#[derive(Deserialize)]
struct Service {
    ledger: LedgerSettings,
    account: AccountSettings,
    database: DatabaseSettings,
}

pub(super) fn run(config: &Path, form: OutputForm) -> anyhow::Result<ExitCode> {
    let service: Service = read_service(config)?;
    let done = runtime()?.block_on(Box::pin(rebuild(service)))?;
    let rate = rate(&done);
    let seconds = done.elapsed.as_secs_f64();
    output::result(
        form,
        &json!({
            "height": done.height,
            "from": done.from,
            "transactions": done.transactions,
            "seconds": seconds,
            "transactions_per_second": rate,
        }),
        &[
            (
                "rebuilt",
                format!("blocks {} to {}", done.from + 1, done.height),
            ),
            ("transactions", done.transactions.to_string()),
            ("seconds", format!("{seconds:.1}")),
            ("transactions a second", rate.to_string()),
            (
                "next",
                "start the service; theriac doctor compares its read model with the chain"
                    .to_owned(),
            ),
        ],
    )?;
    Ok(ExitCode::SUCCESS)
}

async fn rebuild(service: Service) -> anyhow::Result<Progress> {
    let ledger = service.ledger.load()?;
    let key = service.account.open_key(ledger.anchor.chain_id()).await?;
    let setup = RebuildSetup {
        ledger,
        key,
        database: theriac_records::DatabaseSettings::new(service.database.url.expose()),
        clock: SystemClock::shared(),
    };
    let mut next = Duration::ZERO;
    let report = |progress: &Progress| {
        if progress.elapsed < next {
            return;
        }
        next = progress.elapsed + SAY_EVERY;
        output::note(&said(progress));
    };
    Ok(rebuild_read_model(setup, report).await?)
}

fn said(progress: &Progress) -> String {
    let Progress { height, target, .. } = progress;
    match &progress.trouble {
        Some(trouble) => {
            format!("theriac: block {height} of {target}; no node serves: {trouble}; trying again")
        }
        None => format!(
            "theriac: block {height} of {target}, {} transactions a second",
            rate(progress)
        ),
    }
}

fn rate(progress: &Progress) -> u64 {
    let ms = progress.elapsed.as_millis().max(1);
    u64::try_from(u128::from(progress.transactions) * 1_000 / ms).unwrap_or(u64::MAX)
}
