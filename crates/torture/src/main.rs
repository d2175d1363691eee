//! `theriac-torture`: what `cargo xtask torture` runs.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum as _};
use theriac_http::clock::{Clock as _, SystemClock};
use theriac_testkit::fake_clock;
use theriac_torture::cluster::Founding;
use theriac_torture::error::TortureError;
use theriac_torture::plan::{FaultKind, Plan};
use theriac_torture::report::Report;
use theriac_torture::run::{End, Orders, Run};
use theriac_torture::{database, sandbox, shell};

/// Exit code when the network broke its word.
const VIOLATED: u8 = 1;
/// Exit code when the harness itself failed.
const FAILED: u8 = 3;
/// Exit code when the machine cannot do this: for a caller that skips then.
const CANNOT: u8 = 77;
/// Exit code when somebody ended it.
const INTERRUPTED: u8 = 130;

/// Faults of a short run, in this order.
const SHORT: [FaultKind; 7] = [
    FaultKind::Kill,
    FaultKind::PowerCut,
    FaultKind::Split,
    FaultKind::Blackout,
    FaultKind::DiskFull,
    FaultKind::DiskDeath,
    FaultKind::Slow,
];

/// Real nodes on real disks, and everything that will happen to them.
#[derive(Debug, Parser)]
#[command(name = "theriac-torture", version)]
struct Arguments {
    /// How many authorities.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(4..=7))]
    nodes: u8,
    /// Decides the schedule; by default another one every time.
    #[arg(long)]
    seed: Option<u64>,
    /// End after the first round that ends later than this.
    #[arg(long, conflicts_with = "rounds")]
    seconds: Option<u64>,
    /// End after so many rounds.
    #[arg(long)]
    rounds: Option<u64>,
    /// Only these faults.
    #[arg(long, value_delimiter = ',')]
    faults: Vec<FaultKind>,
    /// One round of each of a few faults.
    #[arg(long, conflicts_with_all = ["seconds", "rounds", "faults"])]
    short: bool,
    /// Workers of the load.
    #[arg(long, default_value_t = 4)]
    workers: u64,
    /// Rounds between two judgements of everything.
    #[arg(long, default_value_t = 25, value_parser = clap::value_parser!(u64).range(1..))]
    judge_every: u64,
    /// Keep the folder with disks and logs; it is kept anyway when something is violated.
    #[arg(long)]
    keep: bool,
    /// Write the report as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// The program; by default `theriac` beside this one.
    #[arg(long)]
    program: Option<PathBuf>,
    /// What the program was built from, for the report.
    #[arg(long, default_value = "unknown commit")]
    commit: String,
    /// Where disks and logs are kept meanwhile.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Instead of nodes, cut the power of a service's database so many times.
    #[arg(long, conflicts_with_all = ["seconds", "rounds", "faults", "short"])]
    databases: Option<u64>,
    /// Already in namespaces of its own.
    #[arg(long, hide = true)]
    inside: bool,
    /// Be the one that writes to a database.
    #[arg(long, hide = true)]
    write_database: Option<PathBuf>,
    /// The number that it begins with.
    #[arg(long, hide = true, default_value_t = 0)]
    first: u64,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(file) = &arguments.write_database {
        let written = runtime().and_then(|runtime| {
            let written = database::write(file, arguments.first);
            runtime.block_on(written).map(|never| match never {})
        });
        return written.map_or_else(
            |error| ExitCode::from(explain(&error)),
            |()| ExitCode::SUCCESS,
        );
    }
    if !arguments.inside {
        return ExitCode::from(enter());
    }
    if let Some(rounds) = arguments.databases {
        return match databases(&arguments, rounds) {
            Ok(0) => ExitCode::SUCCESS,
            Ok(_) => ExitCode::from(VIOLATED),
            Err(error) => ExitCode::from(explain(&error)),
        };
    }
    match torture(&arguments) {
        Ok(report) if !report.violations.is_empty() => ExitCode::from(VIOLATED),
        Ok(report) if report.interrupted => ExitCode::from(INTERRUPTED),
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => ExitCode::from(explain(&error)),
    }
}

/// Goes on in namespaces of its own; comes back only when that is impossible.
fn enter() -> u8 {
    let missing = sandbox::missing();
    if !missing.is_empty() {
        return explain(&TortureError::Missing { missing });
    }
    let own = match std::env::current_exe() {
        Ok(own) => own,
        Err(error) => return explain(&TortureError::io("find the own program")(error)),
    };
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    arguments.push("--inside".to_owned());
    explain(&sandbox::enter(&own, &arguments))
}

fn explain(error: &TortureError) -> u8 {
    note(&format!("error: {error}"));
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        note(&format!("  because: {error}"));
        cause = error.source();
    }
    match error {
        TortureError::Missing { .. } => CANNOT,
        _ => FAILED,
    }
}

fn torture(arguments: &Arguments) -> Result<Report, TortureError> {
    sandbox::prepare_namespaces()?;
    let place = arguments.folder.clone().unwrap_or_else(std::env::temp_dir);
    let mut folder = sandbox::Folder::create(&place)?;
    let program = own_copy(arguments, folder.path())?;
    let orders = orders(arguments, &program, folder.path())?;
    let kinds = kinds(arguments);
    say(&format!(
        "seed {}, {} nodes, {}, in {}",
        orders.founding.seed,
        orders.founding.nodes,
        orders.version,
        folder.path().display()
    ));
    let runtime = runtime()?;
    let report = runtime.block_on(play(&orders, &kinds, arguments.short));
    if arguments.keep
        || !report
            .as_ref()
            .is_ok_and(|report| report.violations.is_empty())
    {
        folder.keep();
        say(&format!("kept: {}", folder.path().display()));
    }
    let report = report?;
    conclude(&report, arguments.json.as_deref())?;
    Ok(report)
}

fn runtime() -> Result<tokio::runtime::Runtime, TortureError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(TortureError::io("start the runtime"))
}

/// Cuts the power of a service's database; how many of the intents that it accepted are gone.
fn databases(arguments: &Arguments, rounds: u64) -> Result<u64, TortureError> {
    sandbox::prepare_namespaces()?;
    let place = arguments.folder.clone().unwrap_or_else(std::env::temp_dir);
    let folder = sandbox::Folder::create(&place)?;
    let own = std::env::current_exe().map_err(TortureError::io("find the own program"))?;
    let seed = seed(arguments);
    let found = runtime()?.block_on(database::torture(folder.path(), &own, seed, rounds))?;
    say(&format!(
        "seed {seed}: {} power cuts of a service's database, {} intents accepted, {} lost",
        found.cuts, found.accepted, found.lost
    ));
    Ok(found.lost)
}

fn seed(arguments: &Arguments) -> u64 {
    arguments
        .seed
        .unwrap_or_else(|| SystemClock.now_ms() % 1_000_000)
}

async fn play(
    orders: &Orders<'_>,
    kinds: &[FaultKind],
    is_short: bool,
) -> Result<Report, TortureError> {
    let mut plan = Plan::new(orders.founding.seed, orders.founding.nodes, kinds);
    if is_short {
        plan = plan.each_once_first();
    }
    let mut run = Run::begin(orders)?;
    let ended = tokio::select! {
        played = run.play(plan, say) => played.map(|()| false),
        asked = asked_to_end() => asked.map(|()| true),
    };
    match ended {
        Ok(false) => run.finish().await,
        Ok(true) => run.report.interrupted = true,
        // What is known already is still worth a table.
        Err(error) => {
            for line in run.report.summary() {
                say(&line);
            }
            return Err(error);
        }
    }
    Ok(run.report.clone())
}

async fn asked_to_end() -> Result<(), TortureError> {
    use tokio::signal::unix::{SignalKind, signal};
    let wait = TortureError::io;
    let mut terminate = signal(SignalKind::terminate()).map_err(wait("wait for signals"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(wait("wait for signals"))?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

fn conclude(report: &Report, json: Option<&Path>) -> Result<(), TortureError> {
    say("");
    say(&report.table());
    for line in report.summary() {
        say(&line);
    }
    if report.interrupted {
        say("interrupted: not judged to the end");
    }
    if let Some(file) = json {
        let text = serde_json::to_string_pretty(report).map_err(std::io::Error::from);
        let text = text.map_err(TortureError::io("write the report"))?;
        std::fs::write(file, text).map_err(TortureError::io("write the report"))?;
    }
    Ok(())
}

/// A copy that stays what it is however often the program is built meanwhile.
fn own_copy(arguments: &Arguments, folder: &Path) -> Result<PathBuf, TortureError> {
    let program = match &arguments.program {
        Some(program) => program.clone(),
        None => std::env::current_exe()
            .map_err(TortureError::io("find the own program"))?
            .with_file_name("theriac"),
    };
    let copy = folder.join("theriac");
    let what = format!("copy {}", program.display());
    std::fs::copy(program, &copy).map_err(TortureError::io(what))?;
    Ok(copy)
}

fn kinds(arguments: &Arguments) -> Vec<FaultKind> {
    let mut kinds = match (arguments.short, arguments.faults.as_slice()) {
        (true, _) => SHORT.to_vec(),
        (false, []) => FaultKind::value_variants().to_vec(),
        (false, some) => some.to_vec(),
    };
    if fake_clock::library().is_none() && kinds.contains(&FaultKind::Clock) {
        say("left out: clock, because libfaketime is not installed");
        kinds.retain(|kind| *kind != FaultKind::Clock);
    }
    kinds
}

fn orders<'a>(
    arguments: &Arguments,
    program: &'a Path,
    folder: &'a Path,
) -> Result<Orders<'a>, TortureError> {
    let seed = seed(arguments);
    let short = u64::try_from(SHORT.len()).unwrap_or(u64::MAX);
    let end = match (arguments.short, arguments.seconds, arguments.rounds) {
        (true, ..) => End::Rounds(short),
        (false, Some(seconds), _) => End::After(Duration::from_secs(seconds)),
        (false, None, rounds) => End::Rounds(rounds.unwrap_or(20)),
    };
    let version = shell::run(&program.to_string_lossy(), &["--version"])?;
    let kernel = shell::run("uname", &["-srm"])?;
    let processors = std::thread::available_parallelism().map_or(0, usize::from);
    Ok(Orders {
        founding: Founding {
            seed,
            nodes: arguments.nodes.into(),
            program,
            folder,
        },
        workers: arguments.workers,
        end,
        judge_every: arguments.judge_every,
        version: format!("{} ({})", version.trim(), arguments.commit),
        machine: format!("{processors} processors, {}", kernel.trim()),
    })
}

/// A line for people. A reader that went away is no mistake of ours.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}
