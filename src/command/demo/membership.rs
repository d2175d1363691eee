//! The story of a consortium that changes itself while it works: a fifth authority joins, one leaves, an
//! organisation is admitted, suspended and restored, a stolen key is revoked, a lost one recovered.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::stage::Stage;
use crate::arguments::OutputForm;
use crate::output;

mod hand;
mod load;
mod newcomer;
mod scenes;
mod theft;

use load::Load;
use scenes::Scenes;

/// One step: what was done, what came of it, what should have.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Step {
    name: &'static str,
    height: Option<u64>,
    outcome: String,
    expected: String,
}

/// The whole story.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Told {
    /// Time until everything that was started was ready.
    ready_ms: u64,
    /// The steps in order.
    steps: Vec<Step>,
    /// What went on meanwhile.
    load: load::Summary,
    /// Changes of the set of validators that a light client stepped over from genesis.
    validator_steps: usize,
}

/// The longest time without a final transaction: a height whose proposer is away, twice.
const PAUSE_MS_MAX: u64 = 5_000;

impl Told {
    /// Whether every outcome was the expected one, and work went on all the time.
    pub(crate) fn is_as_expected(&self) -> bool {
        self.steps.iter().all(|step| step.outcome == step.expected)
            && self.load.longest_pause_ms <= PAUSE_MS_MAX
            && self.load.failed == 0
            && self.validator_steps == 2
    }

    /// Prints it.
    pub(crate) fn print(&self, form: OutputForm) -> anyhow::Result<()> {
        if form == OutputForm::Json {
            return output::json(self);
        }
        for step in &self.steps {
            let is_good = step.outcome == step.expected;
            let mark = if is_good { "ok " } else { "BAD" };
            let height = step
                .height
                .map_or_else(String::new, |height| format!("height {height}"));
            output::line(&format!(
                "{mark} {:<44} {:<26} {height}",
                step.name, step.outcome
            ))?;
            if !is_good {
                output::line(&format!("    expected: {}", step.expected))?;
            }
        }
        output::line(&format!(
            "{} transactions became final meanwhile, at most {} ms apart; {} failed",
            self.load.finals, self.load.longest_pause_ms, self.load.failed
        ))
    }
}

/// Plays the story to its end, on a stage that was ready after this time.
pub(crate) async fn tell(stage: &Stage, folder: &Path, ready: Duration) -> anyhow::Result<Told> {
    let load = Load::start(stage)?;
    let mut scenes = Scenes::new(stage, folder)?;
    let played = scenes.play().await;
    let load = load.stop().await;
    scenes.stop().await;
    played?;
    let (steps, validator_steps) = scenes.into_parts();
    Ok(Told {
        ready_ms: u64::try_from(ready.as_millis())?,
        steps,
        load,
        validator_steps,
    })
}
