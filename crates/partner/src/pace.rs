//! How often tasks look at what has changed, and how long what did not go well rests.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// Between two looks. At a busy counter something changes all the time, and most of it concerns no other task.
const LOOK_PAUSE: Duration = Duration::from_millis(250);

/// Waits for a change, and a while before: whoever looks after each change looks four times a second at most. For ever
/// where nothing will change any more.
pub(crate) async fn changed<T>(watched: &mut watch::Receiver<T>) {
    tokio::time::sleep(LOOK_PAUSE).await;
    if watched.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Until when something rests, and for how long then.
pub(crate) type Rest = (Instant, Duration);

/// The rest after the one before: twice as long, within bounds.
pub(crate) fn longer(
    before: Option<&Rest>,
    now: Instant,
    (shortest, longest): (Duration, Duration),
) -> Rest {
    let pause = before.map_or(shortest, |(_, pause)| pause.saturating_mul(2));
    let pause = pause.clamp(shortest, longest);
    (now + pause, pause)
}
