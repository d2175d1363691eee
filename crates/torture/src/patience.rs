//! Looking until something is so, or until patience ends. Unlike in tests, the end is an answer.

use std::future::Future;
use std::time::Duration;

use theriac_http::clock::Stopwatch;

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(25);

/// What a probe found within the limit.
pub async fn within<T, F, Probe>(limit: Duration, mut probe: Probe) -> Option<T>
where
    F: Future<Output = Option<T>>,
    Probe: FnMut() -> F,
{
    let watch = Stopwatch::start();
    loop {
        if let Some(found) = probe().await {
            return Some(found);
        }
        if watch.elapsed() >= limit {
            return None;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Like [`within`], for probes that do not wait themselves.
pub fn within_blocking<T>(limit: Duration, mut probe: impl FnMut() -> Option<T>) -> Option<T> {
    let watch = Stopwatch::start();
    loop {
        if let Some(found) = probe() {
            return Some(found);
        }
        if watch.elapsed() >= limit {
            return None;
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_so_is_found_and_what_does_not_is_given_up() {
        let mut looks = 0;
        let found = within_blocking(Duration::from_secs(5), || {
            looks += 1;
            (looks == 3).then_some(looks)
        });
        assert_eq!(found, Some(3));
        assert_eq!(within_blocking(Duration::ZERO, || None::<()>), None);
    }
}
