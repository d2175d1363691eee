//! Running seeds, and saying what came of them.

use std::io::Write as _;
use std::ops::Range;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use theriac_ledger::planted::Bug;

use crate::Options;
use crate::verdict::{Counts, Outcome};
use crate::world::{Script, World};

/// What is different from the program as it runs by default.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Variant {
    /// What is planted.
    pub(crate) bug: Option<Bug>,
    /// Every key is behind a signer of its machine.
    pub(crate) has_signers: bool,
}

impl From<Bug> for Variant {
    fn from(bug: Bug) -> Self {
        Self {
            bug: Some(bug),
            has_signers: false,
        }
    }
}

/// Simulates one seed.
pub(crate) fn simulate(seed: u64, variant: Variant, explains: bool) -> Outcome {
    play(seed, Script::Storm, variant, explains)
}

/// Simulates a world of a seed that goes through a script.
pub(crate) fn play(seed: u64, script: Script, variant: Variant, explains: bool) -> Outcome {
    #[cfg(debug_assertions)]
    theriac_ledger::planted::plant(variant.bug);
    #[cfg(not(debug_assertions))]
    assert!(
        variant.bug.is_none(),
        "bugs are planted only in a build with debug assertions"
    );
    // A panic is a finding like any other, and must not hide those of other seeds.
    let run = std::panic::AssertUnwindSafe(|| World::new(seed, script, variant, explains).run());
    std::panic::catch_unwind(run).unwrap_or_else(|_| Outcome {
        seed,
        trace: String::new(),
        counts: Counts::default(),
        violations: vec!["a panic; see above".to_owned()],
        steps: Vec::new(),
    })
}

/// Runs simulations by number on several threads and hands each outcome to `take`, until it says to stop.
pub(crate) fn each(
    numbers: Range<u64>,
    threads: u16,
    run: impl Fn(u64) -> Outcome + Sync,
    mut take: impl FnMut(Outcome) -> bool,
) {
    let next = AtomicU64::new(numbers.start);
    let end = AtomicU64::new(numbers.end);
    std::thread::scope(|scope| {
        let (sender, outcomes) = mpsc::channel();
        for _ in 0..threads {
            let (sender, next, end, run) = (sender.clone(), &next, &end, &run);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= end.load(Ordering::SeqCst) {
                        return;
                    }
                    if sender.send(run(number)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        for outcome in outcomes {
            if !take(outcome) {
                end.store(0, Ordering::SeqCst);
                break;
            }
        }
    });
}

/// Runs seeds, prints the failures and one line of summary.
pub(crate) fn run(options: &Options, variant: Variant) -> anyhow::Result<ExitCode> {
    let begun = begin();
    let mut out = std::io::stdout().lock();
    let (mut total, mut seeds, mut failed) = (Counts::default(), 0u64, 0u64);
    let mut problem = None;
    let one = |seed| simulate(seed, variant, options.explain);
    each(options.seeds.range(), options.threads, one, |outcome| {
        seeds += 1;
        total.add(&outcome.counts);
        let mut lines = Vec::new();
        if options.each {
            lines.push(format!(
                "seed {}: {} {}",
                outcome.seed, outcome.trace, outcome.counts
            ));
        }
        if options.twice && simulate(outcome.seed, variant, false).trace != outcome.trace {
            failed += 1;
            let seed = outcome.seed;
            let how = repeat(&format!("--twice --seeds {seed}"), variant);
            lines.extend(failure(&format!("seed {seed} has two traces"), &how, &[]));
        }
        if !outcome.violations.is_empty() {
            failed += 1;
            let seed = outcome.seed;
            let how = repeat(&format!("--seeds {seed}"), variant);
            lines.extend(failure(&format!("seed {seed}"), &how, &outcome.violations));
        }
        let written = lines.iter().try_for_each(|line| writeln!(out, "{line}"));
        problem = written.err();
        problem.is_none()
    });
    if let Some(error) = problem {
        return Err(error.into());
    }
    let seconds = begun.elapsed().as_secs_f64();
    writeln!(
        out,
        "{seeds} seeds ({}..{}), {failed} failed, {seconds:.0} s: {total}",
        options.seeds.first, options.seeds.end
    )?;
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The arguments that repeat something.
pub(crate) fn repeat(what: &str, variant: Variant) -> String {
    let signers = if variant.has_signers {
        " --signers"
    } else {
        ""
    };
    match variant.bug {
        Some(bug) => format!("{what}{signers} --bug {bug:?}"),
        None => format!("{what}{signers}"),
    }
}

/// What failed, how to repeat it, and why.
pub(crate) fn failure(what: &str, how: &str, violations: &[String]) -> Vec<String> {
    let head = format!("{what} FAILED; repeat with: cargo xtask simulate {how}");
    let why = violations.iter().map(|one| format!("  {one}"));
    [head].into_iter().chain(why).collect()
}

/// How long it takes is for people; nothing else reads this clock.
#[expect(clippy::disallowed_methods, reason = "the shell of a tool")]
pub(crate) fn begin() -> Instant {
    Instant::now()
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.heights += other.heights;
        self.decided += other.decided;
        self.submitted += other.submitted;
        self.acknowledged += other.acknowledged;
        self.accusations += other.accusations;
        self.answers += other.answers;
        self.kills += other.kills;
        self.step_deaths += other.step_deaths;
        self.outages += other.outages;
        self.lost_logs += other.lost_logs;
        self.pauses += other.pauses;
        self.cuts += other.cuts;
        self.clock_jumps += other.clock_jumps;
        self.set_changes += other.set_changes;
        self.refused_signatures += other.refused_signatures;
        self.healing_ms = self.healing_ms.max(other.healing_ms);
        self.simulated_ms += other.simulated_ms;
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} s simulated, {} events, {} heights, {} acknowledged, {} answers proved, {} accusations; {} power cuts, {} at a durable \
             step, {} of all, {} logs lost, {} pauses, {} cuts of the network, {} clock jumps, \
             {} signatures refused, {} changes of who votes; well again after {} ms",
            self.simulated_ms / 1_000,
            self.events,
            self.heights,
            self.acknowledged,
            self.answers,
            self.accusations,
            self.kills,
            self.step_deaths,
            self.outages,
            self.lost_logs,
            self.pauses,
            self.cuts,
            self.clock_jumps,
            self.refused_signatures,
            self.set_changes,
            self.healing_ms
        )
    }
}
