//! A read model, dropped and folded again.

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokio::process::Command;

use super::super::authorities::{Authorities, Service};
use super::super::report::{Floor, Report};
use crate::output;

/// Transactions a second.
const TX_FLOOR: f64 = 20_000.0;
const TX_AIM: f64 = 30_000.0;

/// Stops a service, rebuilds its read model with the command that an operator would use, and starts it again.
pub(super) async fn measure(
    authorities: &Authorities,
    service: &mut Service,
    report: &mut Report,
) -> anyhow::Result<()> {
    output::note("theriac bench: rebuilding the pharmacy's read model …");
    service.stop().await;
    let program = std::env::current_exe().context("finding this program's own file")?;
    let done = Command::new(program)
        .args(["database", "rebuild", "--output", "json", "--config"])
        .arg(&service.program.file)
        .kill_on_drop(true)
        .output()
        .await
        .context("starting theriac database rebuild")?;
    ensure!(
        done.status.success(),
        "theriac database rebuild: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    let said: Value = serde_json::from_slice(&done.stdout)?;
    let figure = |name: &str| {
        said[name]
            .as_f64()
            .with_context(|| format!("{name}: {said}"))
    };
    report.floors.push(Floor::at_least(
        "a read model rebuilt, tx/s",
        figure("transactions_per_second")?,
        TX_FLOOR,
        TX_AIM,
    ));
    report.figure("transactions of that read model", figure("transactions")?);
    report.figure("time to rebuild it, s", figure("seconds")?);
    service.start_again(&authorities.folder).await
}
