//! The story of one batch, from registration to recall, told over the services' own interfaces.

use std::time::Duration;

use serde::Serialize;

use super::stage::Stage;
use crate::arguments::OutputForm;
use crate::output;

mod scenes;
mod teller;

use teller::Teller;

/// One step: what was done, what came of it, what should have.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Step {
    /// What was done.
    pub(crate) name: &'static str,
    /// The ledger transaction (the last, where there were several); none for a look.
    pub(crate) transaction: Option<String>,
    /// Height of the block that holds it, or of the state that was looked at.
    pub(crate) height: Option<u64>,
    /// The distinct validators that signed that height.
    pub(crate) signers: Vec<String>,
    /// What came of it.
    pub(crate) outcome: String,
    /// What should have come of it.
    pub(crate) expected: String,
}

/// A block and who agreed on it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct HeightSigned {
    height: u64,
    proposer: String,
    signers: Vec<String>,
}

/// The whole story.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Told {
    /// Time from the start of the program until everything that it started was ready.
    pub(crate) ready_ms: u64,
    /// The steps in order.
    pub(crate) steps: Vec<Step>,
    /// Every block from the first to the last of the story.
    pub(crate) heights: Vec<HeightSigned>,
    /// How many validators proposed at least one of them.
    pub(crate) proposers: usize,
    /// Fewest validators that signed one of them.
    pub(crate) signers_min: usize,
}

/// Validators that must have signed each height: more than two thirds of four.
const SIGNERS_NEEDED: usize = 3;

impl Told {
    /// Whether every outcome was the expected one and every height was signed by enough.
    pub(crate) fn is_as_expected(&self) -> bool {
        self.steps.iter().all(|step| step.outcome == step.expected)
            && self.signers_min >= SIGNERS_NEEDED
            && self.proposers > 1
    }

    /// Prints it.
    pub(crate) fn print(&self, form: OutputForm) -> anyhow::Result<()> {
        if form == OutputForm::Json {
            return output::json(self);
        }
        for step in &self.steps {
            let mark = if step.outcome == step.expected {
                "ok "
            } else {
                "BAD"
            };
            let height = step
                .height
                .map_or_else(String::new, |height| format!("height {height}"));
            let signers = step.signers.len();
            output::line(&format!(
                "{mark} {:<28} {:<22} {height:<11} {signers} signers",
                step.name, step.outcome
            ))?;
            if step.outcome != step.expected {
                output::line(&format!("    expected: {}", step.expected))?;
            }
        }
        output::line(&format!(
            "{} blocks, each signed by at least {}, proposed by {} authorities",
            self.heights.len(),
            self.signers_min,
            self.proposers
        ))
    }
}

/// Plays the story to its end, on a stage that was ready after this time.
pub(crate) async fn tell(stage: &Stage, ready: Duration) -> anyhow::Result<Told> {
    let mut teller = Teller::new(stage);
    scenes::play(&mut teller).await?;
    teller.end(ready).await
}
