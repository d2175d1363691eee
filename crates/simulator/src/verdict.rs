//! What a simulation ends with.

use theriac_client::wire::FinalBlock;
use theriac_client::{VerifiedBlock, verify_block};
use theriac_crypto::PublicKey;
use theriac_ledger::block::Parent;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::PackLocation;
use theriac_ledger::planted;
use theriac_ledger::testing::serial;
use theriac_node::chain::Chain as NodeChain;
use theriac_node::evidence::EvidenceMaker;
use theriac_proof::bundle::{Finding, Question};
use theriac_proof::misbehaviour::Misbehaviour;
use theriac_testkit::oracle::accusations::accused;
use theriac_testkit::oracle::{Answer, Case, Chain};

use crate::machine::Medium;
use crate::process::Death;
use crate::workload::{PACKS, first_run};
use crate::world::World;

/// Of so many packs each node is asked about one.
const ASKED_EVERY: usize = 5;

/// What happened.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counts {
    pub(crate) events: u64,
    pub(crate) heights: u64,
    pub(crate) decided: u64,
    pub(crate) submitted: u64,
    pub(crate) acknowledged: u64,
    /// Evidence that honest nodes keep against validators.
    pub(crate) accusations: u64,
    /// Answers about packs that were checked.
    pub(crate) answers: u64,
    pub(crate) kills: u64,
    /// Machines that died at a durable step.
    pub(crate) step_deaths: u64,
    /// All machines at once.
    pub(crate) outages: u64,
    pub(crate) lost_logs: u64,
    pub(crate) pauses: u64,
    pub(crate) cuts: u64,
    pub(crate) clock_jumps: u64,
    /// Enactments that changed who votes.
    pub(crate) set_changes: u64,
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
    /// Durable steps of one node before all was mended.
    pub(crate) steps: Vec<Medium>,
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
        let (mut chains, mut kept, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        for (node, process) in &remains.nodes {
            let chain = process.chain();
            let said = read(chain).and_then(|blocks| {
                chains.push(Chain { blocks });
                let known = accusations(chain)?;
                let anchor = &remains.genesis.anchor;
                let seen = remains
                    .witnessed
                    .iter()
                    .filter(|(witness, _)| witness == node);
                let read = chains.last();
                let silent = seen.filter(|(_, validator)| {
                    !read.is_some_and(|chain| names(anchor, chain, &known, validator))
                });
                violations.extend(silent.map(|(_, validator)| {
                    format!("node {node} saw {validator} sign two things and does not say so")
                }));
                kept.extend(known);
                answers.extend(about_packs(chain, u32::try_from(*node).unwrap_or(0))?);
                Ok(())
            });
            if let Err(why) = said {
                violations.push(format!("node {node} serves a bad chain: {why}"));
            }
        }
        let case = Case {
            consortium: &remains.consortium,
            anchor: &remains.genesis.anchor,
            chains: &chains,
            acknowledged: &remains.acknowledged,
            signed: &remains.signed,
            dishonest: &remains.dishonest,
            kept: &kept,
            answers: &answers,
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
                accusations: u64::try_from(kept.len()).unwrap_or(u64::MAX),
                answers: u64::try_from(answers.len()).unwrap_or(u64::MAX),
                ..remains.counts
            },
            violations,
            steps: remains.steps,
        }
    }
}

/// What a node keeps against validators.
fn accusations(chain: &NodeChain) -> Result<Vec<Misbehaviour>, String> {
    let kept = chain.store().misbehaviour(None, usize::MAX);
    let kept = kept.map_err(|error| error.to_string())?;
    Ok(kept.into_iter().map(|(_, evidence)| evidence).collect())
}

/// Whether evidence names a validator.
fn names(anchor: &Anchor, chain: &Chain, kept: &[Misbehaviour], validator: &PublicKey) -> bool {
    let accused = kept
        .iter()
        .filter_map(|evidence| accused(anchor, chain, evidence).ok());
    accused.flatten().any(|key| key == *validator)
}

/// What a node answers about some packs, each node about others.
fn about_packs(chain: &NodeChain, node: u32) -> Result<Vec<Answer>, String> {
    let (view, run) = (chain.store().view(), first_run());
    let maker = EvidenceMaker::default();
    let mut answers = Vec::new();
    for position in (node..PACKS).step_by(ASKED_EVERY) {
        let question = Question {
            gtin: run.gtin,
            lot: Some(run.lot),
            serial: Some(serial(position)),
            expiry: None,
        };
        let bundle = maker.make(&view, &question);
        // Before the lot is on record, its absence is another answer.
        if let Some(bundle) = bundle.map_err(|error| error.to_string())?
            && matches!(bundle.finding, Finding::Pack(_))
        {
            let pack = PackLocation { run, position };
            answers.push(Answer { pack, bundle });
        }
    }
    Ok(answers)
}

/// Every block of a node, verified from genesis as a client would.
fn read(chain: &NodeChain) -> Result<Vec<VerifiedBlock>, String> {
    let anchor = chain.anchor();
    let store = chain.store();
    let mut parent = Parent::genesis(anchor);
    let mut validators = anchor.validators.clone();
    let mut blocks = Vec::new();
    for height in 1..=chain.parent().height {
        let block = store.block(height).map_err(|error| error.to_string())?;
        let header = store.header(height).map_err(|error| error.to_string())?;
        let (Some(block), Some((_, certificate))) = (block, header) else {
            return Err(format!("height {height} is missing"));
        };
        let block = FinalBlock { block, certificate };
        let verified = verify_block(&parent, &validators, block)
            .map_err(|error| format!("height {height}: {error}"))?;
        parent = verified.as_parent();
        validators = verified.next_validators.clone().unwrap_or(validators);
        blocks.push(verified);
    }
    Ok(blocks)
}
