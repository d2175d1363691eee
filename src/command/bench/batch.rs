//! One call of the manufacturer's service that brings a batch into being, as a packaging line makes
//! it: a file in, everything final out.

use anyhow::ensure;
use theriac_ledger::identifier::Height;

use super::authorities::Authorities;
use super::maker;
use super::measure::Latencies;
use crate::command::demo::api::Api;

/// Packs of one call.
pub(super) const PACKS: usize = 100_000;

/// Calls, each for a batch of its own; their median counts.
const CALLS: u16 = 3;

/// Times of whole calls; the product is final at `height`.
pub(super) async fn measure(
    authorities: &Authorities,
    height: Height,
) -> anyhow::Result<Latencies> {
    let mut service = authorities.service("manufacturer").await?;
    let api = service.api.clone();
    let measured = tokio::select! {
        measured = calls(&api, height) => measured,
        failure = service.ended() => Err(failure),
    };
    service.stop().await;
    measured
}

async fn calls(api: &Api, height: Height) -> anyhow::Result<Latencies> {
    api.follow(height).await?;
    let mut latencies = Latencies::new()?;
    for number in 0..CALLS {
        let file = file();
        let lot = format!("CALL-{number}");
        latencies.time(call(api, &lot, &file)).await?;
    }
    Ok(latencies)
}

/// A file of serials, as a packaging line writes it.
pub(super) fn file() -> String {
    let serials = maker::serials(PACKS);
    let lines = serials
        .iter()
        .map(|serial| format!("{}\n", serial.as_str()));
    std::iter::once("serial\n".to_owned())
        .chain(lines)
        .collect()
}

/// Hands in a file, and waits until everything in it is final.
pub(super) async fn call(api: &Api, lot: &str, file: &str) -> anyhow::Result<()> {
    let path = format!(
        "/api/v1/batches/csv?{}&wait_ms=25000",
        maker::batch_query(lot)
    );
    loop {
        // A call that waits no longer than it may is made again with its key: nothing is done twice.
        let answer = api.post_csv(lot, &path, file.to_owned()).await?;
        ensure!(
            matches!(answer.status, 200 | 202),
            "the manufacturer's service answered {}: {}",
            answer.status,
            answer.body
        );
        if answer.status == 200 {
            return Ok(());
        }
    }
}
