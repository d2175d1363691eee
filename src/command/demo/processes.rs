//! Child processes: started with a log of their own, stopped together.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

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
            .kill_on_drop(true)
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

    fn signal(&self, signal: Signal) {
        if let Some(id) = self.child.id().and_then(|id| i32::try_from(id).ok()) {
            // A process that is gone already needs no signal.
            let _ = kill(Pid::from_raw(id), signal);
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

/// Resolves on Ctrl-C or a request to terminate.
pub(crate) async fn interrupted() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
