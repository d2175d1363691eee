//! `cargo xtask simulate`: whole consortiums in one thread each, repeated from their seeds.
//!
//! What runs is the code of `theriac node`: rules, pool, chain, store, the desk that answers the
//! engine, the guarded signer; and the engine's own consensus core. Network, disks and clocks are
//! simulated; all chance follows from the seed. Nothing else decides the order of events, so the
//! same seed has the same trace.

mod bugs;
mod council;
mod cuts;
mod dice;
mod event;
mod liar;
mod machine;
mod network;
mod process;
mod report;
#[cfg(test)]
mod tests;
mod verdict;
mod wire;
mod workload;
mod world;

use std::process::ExitCode;

use clap::Parser;

/// Simulates consortiums, one for each seed, and judges them.
#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
struct Options {
    /// The seeds, as FIRST..END (END is not one of them).
    #[arg(long, default_value = "0..200")]
    seeds: Seeds,
    /// Simulations at a time.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=64))]
    threads: u16,
    /// Plant every bug in turn, and show how many seeds it takes to find it.
    #[arg(long)]
    bugs: bool,
    /// Cut the power at every durable step of a node, each in a world that is the same until then.
    #[arg(long, conflicts_with_all = ["bugs", "twice", "each"])]
    cuts: bool,
    /// Of those power cuts, only this one.
    #[arg(long, requires = "cuts")]
    cut: Option<u64>,
    /// Plant this bug.
    #[arg(long, conflicts_with = "bugs")]
    bug: Option<String>,
    /// Put every key behind a signer of its machine, which guards when it signs.
    #[arg(long, conflicts_with = "bugs")]
    signers: bool,
    /// Run each seed twice and compare the traces.
    #[arg(long)]
    twice: bool,
    /// Print what happens: to understand one seed.
    #[arg(long)]
    explain: bool,
    /// Print one line for each seed.
    #[arg(long)]
    each: bool,
}

/// A range of seeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seeds {
    first: u64,
    end: u64,
}

impl Seeds {
    fn range(self) -> std::ops::Range<u64> {
        self.first..self.end
    }
}

impl std::str::FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
        let (first, end) = match text.split_once("..") {
            Some((first, end)) => (parse(first)?, parse(end)?),
            None => (parse(text)?, parse(text)?.saturating_add(1)),
        };
        if first < end {
            Ok(Self { first, end })
        } else {
            Err("give seeds as FIRST..END, or one number".to_owned())
        }
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse();
    if options.bugs {
        return bugs::run(options.seeds, options.threads);
    }
    let bug = options.bug.as_deref().map(bugs::by_name).transpose()?;
    let variant = report::Variant {
        bug,
        has_signers: options.signers,
    };
    if options.cuts {
        return cuts::run(&options, variant);
    }
    report::run(&options, variant)
}
