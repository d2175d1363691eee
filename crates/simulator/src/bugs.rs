//! Twelve bugs, each planted in turn: a simulator that misses one is too weak.

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use theriac_ledger::planted::Bug;

use crate::{Seeds, report};

/// Seeds within which each bug must be found.
const SEEDS_MAX: u64 = 500;

/// The bug of that name.
pub(crate) fn by_name(name: &str) -> anyhow::Result<Bug> {
    Bug::ALL
        .into_iter()
        .find(|bug| format!("{bug:?}").eq_ignore_ascii_case(name))
        .with_context(|| format!("there is no bug {name}; there are {:?}", Bug::ALL))
}

/// Plants each bug until a seed finds it, and prints the table.
pub(crate) fn run(seeds: Seeds, threads: u16) -> anyhow::Result<ExitCode> {
    if !cfg!(debug_assertions) {
        bail!("bugs are planted only in a build with debug assertions");
    }
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{:<26} {:>6} {:>6}  found by",
        "planted bug", "seeds", "seed"
    )?;
    let end = seeds.range().start.saturating_add(SEEDS_MAX);
    let mut missed = 0;
    for bug in Bug::ALL {
        let (mut tried, mut found) = (0u64, None);
        let one = |seed| report::simulate(seed, bug.into(), false);
        report::each(seeds.range().start..end, threads, one, |outcome| {
            tried += 1;
            let first = outcome.violations.into_iter().next();
            found = first.map(|violation| (outcome.seed, violation));
            found.is_none()
        });
        let name = format!("{bug:?}");
        if let Some((seed, violation)) = found {
            let short: String = violation.chars().take(110).collect();
            writeln!(out, "{name:<26} {tried:>6} {seed:>6}  {short}")?;
        } else {
            missed += 1;
            writeln!(out, "{name:<26} {tried:>6}      -  MISSED")?;
        }
        out.flush()?;
    }
    Ok(if missed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
