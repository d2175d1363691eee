//! Tasks of this repository: the only scripts.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

mod bench_report;
mod ci;
mod conformance;
mod demo;
mod fuzz;
mod golden;
mod openapi;
mod prerequisites;
mod simulate;
mod step;
mod test;
mod tidy;
mod torture;
mod web;

#[derive(Debug, Parser)]
#[command(about = "Tasks of this repository")]
enum Task {
    /// Build with optimisation and play a whole consortium on this machine.
    Demo {
        /// Install missing system packages (Debian, as root) and the compiler's missing target.
        #[arg(long)]
        install: bool,
        /// Handed on to `theriac demo`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run every test.
    Test {
        /// Install missing system packages (Debian, as root) and the compiler's missing target.
        #[arg(long)]
        install: bool,
    },
    /// Run exactly what continuous integration runs.
    Ci {
        /// The folder of conformance data.
        corpora: PathBuf,
    },
    /// Check the rules of this repository that no compiler knows.
    Tidy,
    /// Build the check of evidence for the verifier's page, as WebAssembly, into `web/dist`.
    Web {
        /// Install the compiler's missing target.
        #[arg(long)]
        install: bool,
    },
    /// Compare the golden vectors with the code, or write them anew.
    Golden {
        /// Write them. The difference is a format decision and needs an entry in docs/adr.
        #[arg(long)]
        update: bool,
    },
    /// Simulate whole consortiums, one for each seed, and judge them; `--bugs` plants twelve bugs.
    Simulate {
        /// Build with optimisation: for many seeds.
        #[arg(long)]
        optimised: bool,
        /// Handed on to the simulator: `--seeds FIRST..END`, `--bugs`, `--explain`, `--twice`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Try a decoder of outside bytes with inputs that nobody thought of.
    Fuzz {
        /// A target of `fuzz/fuzz_targets`, such as `evidence`.
        #[arg(required_unless_present = "all")]
        target: Option<String>,
        /// Every target, one after the other, with a table at the end.
        #[arg(long, conflicts_with = "target")]
        all: bool,
        /// For how long, each.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// Measure this machine, and write docs/benchmarks.md.
    BenchReport(bench_report::Options),
    /// Run real nodes in namespaces, on disks of their own, and do to them what happens to machines.
    Torture {
        /// Install missing system packages (Debian, as root).
        #[arg(long)]
        install: bool,
        /// Build with optimisation.
        #[arg(long)]
        release: bool,
        /// Handed on to `theriac-torture`: `--nodes`, `--seed`, `--rounds`, `--faults`, `--short`;
        /// `--help` after `--` says all.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Alter valid transactions of every kind, and count how many are accepted: none may be.
    Mutate {
        /// How many.
        #[arg(long, default_value_t = 1_000_000)]
        count: u64,
        /// From which seed.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Write the descriptions of the services' interfaces into `openapi/`.
    Openapi {
        /// Only compare them with the code.
        #[arg(long)]
        check: bool,
    },
    /// Run the published cases of others against our crates.
    #[command(subcommand)]
    Conformance(Conformance),
}

#[derive(Debug, Subcommand)]
enum Conformance {
    /// The cases of the GS1 syntax engine and the GS1 Barcode Syntax Dictionary.
    Gs1 {
        /// The folder that holds `gs1-syntax`.
        corpora: PathBuf,
    },
    /// The interfaces of running services beside their descriptions, by schemathesis.
    Interfaces {
        /// At least so many calls of each service.
        #[arg(long, default_value_t = 3_000)]
        calls: u32,
    },
}

fn main() -> anyhow::Result<()> {
    match Task::parse() {
        Task::Demo { install, arguments } => demo::run(install, &arguments),
        Task::Simulate {
            optimised,
            arguments,
        } => simulate::run(optimised, &arguments),
        Task::Test { install } => test::run(install),
        Task::Ci { corpora } => ci::run(&corpora),
        Task::Tidy => tidy::run(),
        Task::Web { install } => web::run(install),
        Task::Golden { update } => golden::run(update),
        Task::Fuzz {
            target, seconds, ..
        } => fuzz::run(
            &target.map_or(fuzz::Targets::All, fuzz::Targets::One),
            seconds,
        ),
        Task::Mutate { count, seed } => fuzz::mutate(count, seed),
        Task::BenchReport(options) => bench_report::run(&options),
        Task::Torture {
            install,
            release,
            arguments,
        } => torture::run(&torture::Torture {
            install,
            release,
            arguments: &arguments,
        }),
        Task::Openapi { check } => openapi::run(check),
        Task::Conformance(Conformance::Gs1 { corpora }) => conformance::gs1(&corpora),
        Task::Conformance(Conformance::Interfaces { calls }) => conformance::interfaces(calls),
    }
}
