//! A power cut at every durable step of a node, in order: each in a world of its own that is the same
//! until then, of that node alone and of all nodes at once; and a second one while it gets up.

use std::io::Write as _;
use std::process::ExitCode;

use theriac_testkit::disk::Fate;

use crate::machine::Medium;
use crate::report::Variant;
use crate::verdict::Outcome;
use crate::world::{Cut, Script};
use crate::{Options, report};

/// Cuts at each step: before and after it is durable, of one node and of all; and of one node, twice.
const WAYS: [(Fate, bool, bool); 6] = [
    (Fate::DiesBefore, false, false),
    (Fate::DiesAfter, false, false),
    (Fate::DiesBefore, true, false),
    (Fate::DiesAfter, true, false),
    (Fate::DiesBefore, false, true),
    (Fate::DiesAfter, false, true),
];

/// Where in the run after the first cut the second one hits: each place after some of the steps.
const AGAIN_STEPS: u64 = 12;

/// The power cuts of the world of a seed.
pub(crate) struct Plan {
    seed: u64,
    variant: Variant,
    steps: Vec<Medium>,
    /// What is wrong even without a cut.
    violations: Vec<String>,
}

impl Plan {
    /// Lets the world run without a cut, and notes the steps.
    pub(crate) fn new(seed: u64, variant: Variant) -> Self {
        let Outcome {
            steps, violations, ..
        } = report::play(seed, Script::Cut(None), variant, false);
        Self {
            seed,
            variant,
            steps,
            violations,
        }
    }

    /// How many cuts there are.
    pub(crate) fn count(&self) -> u64 {
        u64::try_from(self.steps.len() * WAYS.len()).expect("some hundred steps")
    }

    fn cut(&self, number: u64) -> Option<Cut> {
        let place = usize::try_from(number).ok()?;
        let before = u64::try_from(place / WAYS.len()).ok()?;
        let (fate, hits_all, is_twice) = WAYS[place % WAYS.len()];
        (number < self.count()).then_some(Cut {
            before,
            fate,
            hits_all,
            again: is_twice.then_some(before % AGAIN_STEPS),
        })
    }

    /// The world with one of the cuts.
    pub(crate) fn play(&self, number: u64, explains: bool) -> Outcome {
        let cut = self.cut(number);
        let wanted = 1 + u64::from(cut.is_some_and(|cut| cut.again.is_some()));
        let script = Script::Cut(cut);
        let mut outcome = report::play(self.seed, script, self.variant, explains);
        let deaths = outcome.counts.step_deaths;
        if outcome.violations.is_empty() && deaths != wanted {
            outcome.violations.push(format!(
                "the power was cut at {deaths} durable steps and not at {wanted}"
            ));
        }
        // What is told of it is the number of the cut.
        outcome.seed = number;
        outcome
    }

    fn count_of(&self, medium: Medium) -> usize {
        self.steps.iter().filter(|one| **one == medium).count()
    }
}

/// Cuts the power at every step in the world of each seed, prints the failures and a line of summary for
/// each world.
pub(crate) fn run(options: &Options, variant: Variant) -> anyhow::Result<ExitCode> {
    let mut failed = 0;
    for seed in options.seeds.range() {
        failed += sweep(&Plan::new(seed, variant), options)?;
    }
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// How many of a world's cuts failed; a world that is not well without a cut counts as one.
fn sweep(plan: &Plan, options: &Options) -> anyhow::Result<u64> {
    let begun = report::begin();
    let mut out = std::io::stdout().lock();
    let seed = plan.seed;
    if !plan.violations.is_empty() || plan.steps.is_empty() {
        writeln!(out, "seed {seed} FAILED without any power cut")?;
        for violation in &plan.violations {
            writeln!(out, "  {violation}")?;
        }
        return Ok(1);
    }
    let numbers = match options.cut {
        Some(one) => one..one.saturating_add(1),
        None => 0..plan.count(),
    };
    let (mut cuts, mut failed, mut acknowledged) = (0u64, 0u64, 0u64);
    let mut problem = None;
    let one = |number| plan.play(number, options.explain);
    report::each(numbers, options.threads, one, |outcome| {
        cuts += 1;
        acknowledged += outcome.counts.acknowledged;
        if outcome.violations.is_empty() {
            return true;
        }
        failed += 1;
        let cut = outcome.seed;
        let how = report::repeat(&format!("--seeds {seed} --cuts --cut {cut}"), plan.variant);
        let lines = report::failure(&format!("cut {cut}"), &how, &outcome.violations);
        let written = lines.iter().try_for_each(|line| writeln!(out, "{line}"));
        problem = written.err();
        problem.is_none()
    });
    if let Some(error) = problem {
        return Err(error.into());
    }
    writeln!(
        out,
        "seed {seed}, {} durable steps of one node ({} of the store, {} of the engine's log, {} of signing \
         guards): {cuts} power cuts, {failed} failed, {:.0} s; {acknowledged} acknowledged",
        plan.steps.len(),
        plan.count_of(Medium::Store),
        plan.count_of(Medium::Log),
        plan.count_of(Medium::Guard) + plan.count_of(Medium::Signer),
        begun.elapsed().as_secs_f64()
    )?;
    Ok(failed)
}
