//! How far the chain is elsewhere: each neighbour says so itself, unchecked, over its HTTP interface. For
//! display and readiness, and to notice that the engine hears of nothing; nothing else rests on it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use theriac_crypto::PublicKey;
use theriac_http::task::{Supervisor, TaskKind};
use theriac_ledger::identifier::Height;
use theriac_ledger::validator::ValidatorSet;
use tokio::sync::watch;

use crate::chain::Chain;
use crate::neighbours::Neighbours;

/// How often neighbours are asked.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// What the neighbours last said.
#[derive(Debug, Clone, Default)]
pub struct PeerHeights {
    /// Each one's height, none where it did not answer; nothing before all were asked.
    pub(crate) heard: Option<BTreeMap<PublicKey, Option<Height>>>,
    /// The height that more than a third of the voting power, so at least one honest validator, claims
    /// to have reached.
    pub credible: Height,
}

/// Asks the neighbours again and again; whoever listens is told after each time.
pub(crate) fn start(
    chain: Arc<Chain>,
    neighbours: watch::Receiver<Neighbours>,
    supervisor: &Supervisor,
) -> watch::Receiver<PeerHeights> {
    let (told, heights) = watch::channel(PeerHeights::default());
    let token = supervisor.token();
    supervisor.spawn("peer-status", TaskKind::Critical, async move {
        loop {
            tokio::select! {
                heard = ask(&chain, &neighbours) => { told.send_replace(heard); }
                () = token.cancelled() => return Ok::<(), Infallible>(()),
            }
            tokio::select! {
                () = tokio::time::sleep(ASK_EVERY) => {}
                () = token.cancelled() => return Ok(()),
            }
        }
    });
    heights
}

async fn ask(chain: &Chain, neighbours: &watch::Receiver<Neighbours>) -> PeerHeights {
    let chain_id = chain.anchor().chain_id();
    let neighbours = Arc::clone(&neighbours.borrow());
    let answers = join_all(neighbours.iter().map(|neighbour| async move {
        let status = neighbour.client.status().await.ok();
        let height = status
            .filter(|status| status.chain_id == chain_id)
            .map(|status| status.height);
        (neighbour.key, height)
    }));
    let heard: BTreeMap<_, _> = answers.await.into_iter().collect();
    PeerHeights {
        credible: credible(&heard, &chain.validators()),
        heard: Some(heard),
    }
}

fn credible(heard: &BTreeMap<PublicKey, Option<Height>>, validators: &ValidatorSet) -> Height {
    let mut claims: Vec<(Height, u64)> = heard
        .iter()
        .filter_map(|(key, height)| {
            let power = validators.find(key)?.power;
            height.map(|height| (height, power))
        })
        .collect();
    claims.sort_unstable_by(|left, right| right.cmp(left));
    let mut power = 0u64;
    for (height, more) in claims {
        power = power.saturating_add(more);
        if u128::from(power) * 3 > u128::from(validators.total_power()) {
            return height;
        }
    }
    0
}
