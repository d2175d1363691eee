//! Child processes: started with a log of their own, stopped together.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;
use tokio::process::{Child, Command};
use tokio::signal::unix::{self, SignalKind};

/// Time that a process has to end by itself.
const GRACE: Duration = Duration::from_secs(5);

/// A running program of ours.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    log: std::path::PathBuf,
    child: Child,
}

impl Process {
    /// Starts `theriac` with these arguments; what it prints goes to `log`.
    pub(crate) fn start(name: &str, arguments: &[&str], log: &Path) -> anyhow::Result<Self> {
        let program = std::env::current_exe().context("finding this program's own file")?;
        let file = File::options().create(true).append(true).open(log)?;
        let child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            // Ctrl-C reaches the demonstration alone, which then stops its children in order.
            .process_group(0)
            .spawn()
            .with_context(|| format!("starting {name}"))?;
        Ok(Self {
            name: name.to_owned(),
            log: log.to_owned(),
            child,
        })
    }

    /// Its process id, while it runs.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for its end, which is a failure: programs run until they are stopped.
    pub(crate) async fn ended(&mut self) -> anyhow::Error {
        let status = self.child.wait().await;
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = said.lines().rev().take(8).collect();
        let last: Vec<&str> = lines.into_iter().rev().collect();
        match status {
            Ok(status) => anyhow!(
                "{} ended ({status}); its last words:\n{}",
                self.name,
                last.join("\n")
            ),
            Err(error) => anyhow!(error).context(format!("waiting for {}", self.name)),
        }
    }

    /// None once it has ended and that is known here.
    fn pid(&self) -> Option<Pid> {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        id.map(Pid::from_raw)
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            // A process that is gone already needs no signal.
            let _ = kill(pid, signal);
        }
    }
}

impl Drop for Process {
    /// Whatever was interrupted half way, no process outlives it, and none writes to a folder that is
    /// being deleted.
    fn drop(&mut self) {
        if let Some(pid) = self.pid() {
            self.signal(Signal::SIGKILL);
            // The runtime reaps it; here it is only waited for, which a kill makes short.
            let _ = waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT);
        }
    }
}

/// Asks every process to end, then makes it end.
pub(crate) async fn stop_all(processes: &mut [Process]) {
    for process in processes.iter() {
        process.signal(Signal::SIGTERM);
    }
    for process in processes.iter_mut() {
        if tokio::time::timeout(GRACE, process.child.wait())
            .await
            .is_err()
        {
            process.signal(Signal::SIGKILL);
            let _ = process.child.wait().await;
        }
    }
}

/// What asks a program with children to end: Ctrl-C, a request to terminate, a terminal that closes.
///
/// From the moment that it listens, none of them ends the program by itself, which would leave the
/// children behind.
#[derive(Debug)]
pub(crate) struct Interruption {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    /// None under `nohup`, which asks for just that: to outlive the terminal.
    hangup: Option<unix::Signal>,
}

impl Interruption {
    /// Listens from now on.
    pub(crate) fn listen() -> std::io::Result<Self> {
        let hangup = (!is_hangup_ignored()).then(|| unix::signal(SignalKind::hangup()));
        Ok(Self {
            interrupt: unix::signal(SignalKind::interrupt())?,
            terminate: unix::signal(SignalKind::terminate())?,
            hangup: hangup.transpose()?,
        })
    }

    /// Waits for one of them; gives what happened, in a word.
    pub(crate) async fn received(&mut self) -> &'static str {
        let closed = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => "interrupted",
            _ = self.terminate.recv() => "terminated",
            _ = closed => "hung up",
        }
    }
}

/// Whether this program was started with SIGHUP ignored, as the `SigIgn` mask of
/// `/proc/self/status` says: its lowest bit is signal 1. Where it cannot be read, it was not.
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
}
