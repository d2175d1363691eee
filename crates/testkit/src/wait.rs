//! Waiting for conditions, never for time.

use std::future::Future;
use std::time::Duration;

use theriac_http::clock::Stopwatch;

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks until `probe` finds something, and fails the test when it has not by the deadline.
pub async fn eventually<T, F, Probe>(what: &str, within: Duration, mut probe: Probe) -> T
where
    F: Future<Output = Option<T>>,
    Probe: FnMut() -> F,
{
    let watch = Stopwatch::start();
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(watch.elapsed() < within, "not within {within:?}: {what}");
        tokio::time::sleep(PAUSE).await; // poll: until the deadline above
    }
}

/// Like [`eventually`], for probes that do not wait themselves; usable without a runtime.
pub fn eventually_blocking<T>(
    what: &str,
    within: Duration,
    mut probe: impl FnMut() -> Option<T>,
) -> T {
    let watch = Stopwatch::start();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(watch.elapsed() < within, "not within {within:?}: {what}");
        std::thread::sleep(PAUSE); // poll: until the deadline above
    }
}

/// Looks again and again for a while; the probe asserts what must hold all the time.
pub async fn always<F, Probe>(what: &str, during: Duration, mut probe: Probe)
where
    F: Future<Output = ()>,
    Probe: FnMut() -> F,
{
    let watch = Stopwatch::start();
    let mut looks = 0u32;
    while watch.elapsed() < during {
        probe().await;
        looks += 1;
        tokio::time::sleep(PAUSE).await; // poll: until the time above has passed
    }
    assert!(looks > 1, "too few looks to say: {what}");
}
