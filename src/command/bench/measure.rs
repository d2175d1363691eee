//! Taking times.

use std::future::Future;
use std::time::Duration;

use hdrhistogram::Histogram;
use theriac_http::clock::Stopwatch;

/// Longest time that is told apart: two minutes, in microseconds.
const LATENCY_US_MAX: u64 = 120_000_000;

/// Significant digits of times.
const DIGITS: u8 = 3;

/// Times of one workload.
#[derive(Debug, Clone)]
pub(super) struct Latencies {
    times: Histogram<u64>,
    sum: Duration,
}

impl Latencies {
    pub(super) fn new() -> anyhow::Result<Self> {
        Ok(Self {
            times: Histogram::new_with_bounds(1, LATENCY_US_MAX, DIGITS)?,
            sum: Duration::ZERO,
        })
    }

    /// Takes the time of some work.
    pub(super) async fn time<T>(&mut self, work: impl Future<Output = T>) -> T {
        let watch = Stopwatch::start();
        let done = work.await;
        self.record(watch.elapsed());
        done
    }

    pub(super) fn record(&mut self, elapsed: Duration) {
        let us = u64::try_from(elapsed.as_micros()).unwrap_or(LATENCY_US_MAX);
        self.times.saturating_record(us.max(1));
        self.sum += elapsed;
    }

    pub(super) fn add(&mut self, other: &Self) -> anyhow::Result<()> {
        self.times.add(&other.times)?;
        self.sum += other.sum;
        Ok(())
    }

    /// How many times were taken.
    pub(super) fn count(&self) -> u64 {
        self.times.len()
    }

    /// All times together, in seconds.
    pub(super) fn sum_s(&self) -> f64 {
        self.sum.as_secs_f64()
    }

    /// The time below which this share of all lies, in milliseconds.
    pub(super) fn quantile_ms(&self, share: f64) -> f64 {
        let us = u32::try_from(self.times.value_at_quantile(share)).unwrap_or(u32::MAX);
        f64::from(us) / 1_000.0
    }

    pub(super) fn median_ms(&self) -> f64 {
        self.quantile_ms(0.5)
    }
}
