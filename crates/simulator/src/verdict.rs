//! What a simulation ends with.

use theriac_client::wire::FinalBlock;
use theriac_client::{VerifiedBlock, verify_block};
use theriac_ledger::block::Parent;
use theriac_ledger::planted;
use theriac_node::chain::Chain as NodeChain;
use theriac_testkit::oracle::{Case, Chain};

use crate::process::Death;
use crate::world::World;

/// What happened.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    pub(crate) events: u64,
    pub(crate) heights: u64,
    pub(crate) decided: u64,
    pub(crate) submitted: u64,
    pub(crate) acknowledged: u64,
    pub(crate) kills: u64,
    /// Machines that died at a durable step.
    pub(crate) step_deaths: u64,
    /// All machines at once.
    pub(crate) outages: u64,
    pub(crate) lost_logs: u64,
    pub(crate) pauses: u64,
    pub(crate) cuts: u64,
    pub(crate) clock_jumps: u64,
    /// Processes that ended because their guard refused.
    pub(crate) refused_signatures: u64,
    /// How long everything took to be well once it was mended.
    pub(crate) healing_ms: u64,
    /// Simulated time.
    pub(crate) simulated_ms: u64,
}

/// What a simulation ends with.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) seed: u64,
    /// Digest of everything that happened: the same seed has the same.
    pub(crate) trace: String,
    pub(crate) counts: Counts,
    pub(crate) violations: Vec<String>,
}

impl Death {
    /// Whether an honest node must not die so. A guard that refuses does its duty where the engine's
    /// log was lost; a log that is there leads to what left.
    pub(crate) fn is_violation(&self) -> bool {
        matches!(self, Self::Fatal(_))
    }
}

impl World {
    /// Judges what is left when time is over.
    pub(crate) fn judge(self) -> Outcome {
        let remains = self.into_remains();
        // The judge must not share the bug.
        #[cfg(debug_assertions)]
        let planted = planted::planted();
        #[cfg(debug_assertions)]
        planted::plant(None);
        let mut violations = remains.violations;
        let mut chains = Vec::new();
        for (node, process) in &remains.nodes {
            match read(process.chain()) {
                Ok(blocks) => chains.push(Chain { blocks }),
                Err(why) => violations.push(format!("node {node} serves a bad chain: {why}")),
            }
        }
        let case = Case {
            consortium: &remains.consortium,
            anchor: &remains.genesis.anchor,
            chains: &chains,
            acknowledged: &remains.acknowledged,
            signed: &remains.signed,
        };
        violations.extend(case.judge().iter().map(ToString::to_string));
        #[cfg(debug_assertions)]
        planted::plant(planted);
        let heights = chains.iter().map(|chain| chain.blocks.len()).max();
        Outcome {
            seed: remains.seed,
            trace: remains.trace,
            counts: Counts {
                heights: heights
                    .and_then(|height| u64::try_from(height).ok())
                    .unwrap_or(0),
                acknowledged: u64::try_from(remains.acknowledged.len()).unwrap_or(u64::MAX),
                ..remains.counts
            },
            violations,
        }
    }
}

/// Every block of a node, verified from genesis as a client would.
fn read(chain: &NodeChain) -> Result<Vec<VerifiedBlock>, String> {
    let anchor = chain.anchor();
    let store = chain.store();
    let mut parent = Parent::genesis(anchor);
    let mut blocks = Vec::new();
    for height in 1..=chain.parent().height {
        let block = store.block(height).map_err(|error| error.to_string())?;
        let header = store.header(height).map_err(|error| error.to_string())?;
        let (Some(block), Some((_, certificate))) = (block, header) else {
            return Err(format!("height {height} is missing"));
        };
        let block = FinalBlock { block, certificate };
        let verified = verify_block(&parent, &anchor.validators, block)
            .map_err(|error| format!("height {height}: {error}"))?;
        parent = verified.as_parent();
        blocks.push(verified);
    }
    Ok(blocks)
}
