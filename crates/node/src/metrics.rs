//! What a node adds to the metrics of every program.

use std::convert::Infallible;
use std::sync::Arc;

use prometheus::IntGauge;
use theriac_http::metrics::{Metrics, MetricsError};
use theriac_http::task::{Supervisor, TaskKind};

use crate::chain::Chain;

/// Registers height, block time, pool size and evidence kept, and keeps them current.
pub(crate) fn register_chain_metrics(
    metrics: &Metrics,
    chain: &Arc<Chain>,
    supervisor: &Supervisor,
) -> Result<(), MetricsError> {
    let gauge = |name: &str, help: &str| -> Result<IntGauge, MetricsError> {
        let gauge = IntGauge::new(name, help)?;
        metrics.registry().register(Box::new(gauge.clone()))?;
        Ok(gauge)
    };
    let height = gauge("theriac_chain_height", "Height of the last final block")?;
    let time = gauge(
        "theriac_chain_time_milliseconds",
        "Time of the last final block, milliseconds since 1970",
    )?;
    let transactions = gauge(
        "theriac_pool_transactions",
        "Transactions that wait for a block",
    )?;
    let bytes = gauge("theriac_pool_bytes", "Bytes of the waiting transactions")?;
    let misbehaviour = gauge(
        "theriac_misbehaviour_kept",
        "Evidence against validators that is kept; anything above zero needs the operators",
    )?;
    let (chain, token) = (Arc::clone(chain), supervisor.token());
    let (mut heights, mut pool) = (chain.subscribe(), chain.pool().watch());
    let mut evidence = chain.store().watch_misbehaviour();
    supervisor.spawn("chain-metrics", TaskKind::Auxiliary, async move {
        loop {
            let parent = chain.parent();
            height.set(i64::try_from(parent.height).unwrap_or(i64::MAX));
            time.set(i64::try_from(parent.time.0).unwrap_or(i64::MAX));
            let size = *pool.borrow_and_update();
            transactions.set(i64::try_from(size.transactions).unwrap_or(i64::MAX));
            bytes.set(i64::try_from(size.bytes).unwrap_or(i64::MAX));
            let kept = *evidence.borrow_and_update();
            misbehaviour.set(i64::try_from(kept).unwrap_or(i64::MAX));
            let changed = tokio::select! {
                changed = heights.changed() => changed,
                changed = pool.changed() => changed,
                changed = evidence.changed() => changed,
                () = token.cancelled() => return Ok(()),
            };
            if changed.is_err() {
                return Ok::<(), Infallible>(());
            }
        }
    });
    Ok(())
}
