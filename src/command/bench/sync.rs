//! A new follower reads the whole chain and executes it.

use theriac_http::clock::Stopwatch;

use super::authorities::Authorities;
use super::follower::NewFollower;
use super::report::{Floor, Report};
use crate::output;

/// Transactions a second.
const RATE_FLOOR: f64 = 5_000.0;

/// Starts a follower with an empty folder, and times it to the head of the chain.
pub(super) async fn measure(authorities: &Authorities, report: &mut Report) -> anyhow::Result<()> {
    let watched = authorities.target()?.watched;
    let head = watched.status().await?.height;
    let mut transactions = 0u64;
    for height in 1..=head {
        let answer = watched.header(Some(height)).await?;
        transactions += u64::from(answer.header.transaction_count);
    }
    output::note(&format!(
        "theriac bench: a new follower reads {transactions} transactions in {head} blocks …"
    ));
    let watch = Stopwatch::start();
    NewFollower::prepare(authorities, "follower")?
        .run_to(head)
        .await?;
    let seconds = watch.elapsed().as_secs_f64();
    let count = f64::from(u32::try_from(transactions)?);
    report.floors.push(Floor::at_least(
        "sync from genesis, tx/s",
        count / seconds,
        RATE_FLOOR,
        RATE_FLOOR,
    ));
    report.figure(
        "blocks synced from genesis",
        f64::from(u32::try_from(head)?),
    );
    report.figure("transactions synced from genesis", count);
    report.figure("time to sync from genesis, s", seconds);
    Ok(())
}
