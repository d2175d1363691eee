//! A new follower reads the whole chain and executes it.

use std::time::Duration;

use anyhow::Context as _;

use super::authorities::Authorities;
use super::follower::{NewFollower, Seen};
use super::report::{Floor, Report};
use crate::output;

/// Transactions a second.
const RATE_FLOOR: f64 = 5_000.0;
/// Blocks with so many transactions hold single packs dispensed; those with fewer mostly commission tens of
/// thousands of packs with each, which is no rate of transactions.
const SINGLES_MIN: u32 = 16;

/// Transactions, and the time that they took.
#[derive(Debug, Default, Clone, Copy)]
struct Stretch {
    transactions: u64,
    time: Duration,
}

impl Stretch {
    fn per_s(self) -> anyhow::Result<f64> {
        let count = f64::from(u32::try_from(self.transactions)?);
        Ok(count / self.time.as_secs_f64())
    }
}

/// Starts a follower with an empty folder, and times it to the head of the chain.
pub(super) async fn measure(authorities: &Authorities, report: &mut Report) -> anyhow::Result<()> {
    let watched = authorities.target()?.watched;
    let head = watched.status().await?.height;
    let mut counts = Vec::new();
    for height in 1..=head {
        let answer = watched.header(Some(height)).await?;
        counts.push(answer.header.transaction_count);
    }
    let transactions: u64 = counts.iter().map(|count| u64::from(*count)).sum();
    output::note(&format!(
        "theriac bench: a new follower reads {transactions} transactions in {head} blocks …"
    ));
    let track = NewFollower::prepare(authorities, "follower")?
        .run_to(head)
        .await?;
    let arrived = track.last().context("a follower was seen")?.after;
    let singles = singles(&track, &counts)?;
    let all = Stretch {
        transactions,
        time: arrived,
    };
    report.floors.push(Floor::at_least(
        "sync from genesis, tx/s",
        all.per_s()?,
        RATE_FLOOR,
        RATE_FLOOR,
    ));
    report.figure(
        "of that in blocks of single packs dispensed, tx/s",
        singles.per_s()?,
    );
    let blocks = f64::from(u32::try_from(head)?);
    report.figure("blocks synced from genesis", blocks);
    report.figure(
        "transactions synced from genesis",
        f64::from(u32::try_from(transactions)?),
    );
    report.figure("time to sync from genesis, s", arrived.as_secs_f64());
    report.figure(
        "of that for blocks of single packs dispensed, s",
        singles.time.as_secs_f64(),
    );
    Ok(())
}

/// The stretches in which a follower read nothing but blocks of many transactions, together.
fn singles(track: &[Seen], counts: &[u32]) -> anyhow::Result<Stretch> {
    let mut all = Stretch::default();
    let mut track = track.to_vec();
    track.dedup_by_key(|seen| seen.height);
    for pair in track.windows(2) {
        let (from, to) = (
            usize::try_from(pair[0].height)?,
            usize::try_from(pair[1].height)?,
        );
        // It may be further than the head was.
        let Some(blocks) = counts.get(from..to) else {
            continue;
        };
        if blocks.iter().all(|count| *count >= SINGLES_MIN) {
            all.transactions += blocks.iter().map(|count| u64::from(*count)).sum::<u64>();
            all.time += pair[1].after.saturating_sub(pair[0].after);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(ms: u64, height: u64) -> Seen {
        Seen {
            after: Duration::from_millis(ms),
            height,
        }
    }

    #[test]
    fn only_time_in_which_nothing_but_full_blocks_was_read_counts() {
        let counts = [1, 100, 200, 2, 300, 400, 500];
        let track = [
            seen(0, 0),
            seen(1_000, 1),
            seen(1_010, 3),
            seen(1_030, 3),
            seen(2_000, 5),
            seen(2_040, 6),
            seen(2_100, 9),
        ];
        let singles = singles(&track, &counts).unwrap();
        assert_eq!(singles.transactions, 100 + 200 + 400);
        assert_eq!(singles.time, Duration::from_millis(10 + 40));
    }
}
