//! What the figures were taken on, and with.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use serde::Serialize;
use theriac_http::clock::{Clock as _, SystemClock};
use theriac_ledger::identifier::Timestamp;

/// The machine, the program and the settings behind a report.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Origin {
    /// When it began, RFC 3339.
    date: String,
    machine: Machine,
    program: Program,
    /// What was asked for, by name.
    settings: BTreeMap<&'static str, u64>,
}

/// A machine, as Linux describes it; empty and zero where it does not.
#[derive(Debug, Clone, Serialize)]
struct Machine {
    /// Processors that this program may use.
    processors: usize,
    processor: String,
    memory_mb: u64,
    kernel: String,
}

/// The program that is measured: it starts all others from its own file.
#[derive(Debug, Clone, Serialize)]
struct Program {
    version: &'static str,
    /// The revision that it was built from, or else that of the checkout around its file.
    revision: String,
    /// `release` or `debug`.
    profile: &'static str,
}

impl Origin {
    pub(super) fn here(settings: BTreeMap<&'static str, u64>) -> Self {
        Self {
            date: Timestamp(SystemClock.now_ms()).to_string(),
            machine: Machine::here(),
            program: Program::own(),
            settings,
        }
    }

    /// For people, in one line each.
    pub(super) fn lines(&self) -> [String; 3] {
        let Machine {
            processors,
            processor,
            memory_mb,
            kernel,
        } = &self.machine;
        let Program {
            version,
            revision,
            profile,
        } = &self.program;
        let settings: Vec<String> = self
            .settings
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        [
            format!("{processors} processors ({processor}), {memory_mb} MB, Linux {kernel}"),
            format!("theriac {version}, revision {revision}, built for {profile}"),
            format!("{}; {}", self.date, settings.join(", ")),
        ]
    }
}

impl Machine {
    fn here() -> Self {
        Self {
            processors: std::thread::available_parallelism().map_or(1, Into::into),
            processor: field("/proc/cpuinfo", "model name").unwrap_or_default(),
            memory_mb: field("/proc/meminfo", "MemTotal")
                .and_then(|text| text.strip_suffix("kB")?.trim().parse::<u64>().ok())
                .map_or(0, |kib| kib * 1_024 / 1_000_000),
            kernel: read("/proc/sys/kernel/osrelease"),
        }
    }
}

impl Program {
    fn own() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            revision: option_env!("THERIAC_REVISION")
                .map(str::to_owned)
                .or_else(revision_around_this_file)
                .unwrap_or_else(|| "unknown".to_owned()),
            profile: if cfg!(debug_assertions) {
                "debug"
            } else {
                "release"
            },
        }
    }
}

/// The revision of the checkout in which this program's file lies. It may have moved on since the
/// program was built; `cargo xtask bench-report` builds its own, and writes the revision into it.
fn revision_around_this_file() -> Option<String> {
    let file = std::env::current_exe().ok()?;
    let output = Command::new("git")
        .arg("-C")
        .arg(file.parent()?)
        .args(["describe", "--always", "--dirty", "--abbrev=12"])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn read(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.trim().to_owned()
}

/// The first value of a name in a file of lines `name : value`.
fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let mut pairs = text.lines().filter_map(|line| line.split_once(':'));
    pairs
        .find(|(found, _)| found.trim() == name)
        .map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_on_which_machine_and_with_which_program_it_was_made() {
        let origin = Origin::here(BTreeMap::from([("seconds", 10)]));
        assert!(origin.machine.processors > 0);
        assert!(origin.machine.memory_mb > 0);
        assert!(!origin.machine.kernel.is_empty());
        assert!(!origin.program.revision.is_empty());
        assert!(origin.lines()[2].ends_with("seconds 10"));
    }
}
