//! One authority: its process, in a network namespace of its own, on a disk of its own.

use std::fs::File;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::Signal;
use theriac_client::NodeUrl;
use theriac_consensus::guard::{GuardError, SigningGuard, Subject};
use theriac_crypto::PublicKey;
use theriac_ledger::identifier::ChainId;

use crate::clock::NodeClock;
use crate::disk::Disk;
use crate::error::TortureError;
use crate::patience::within_blocking;
use crate::shell;

/// How long a command may take, in the worst weather.
const COMMAND: Duration = Duration::from_mins(1);

/// Time that a process has to end once it is asked to; a node's own limit is ten seconds.
pub const GRACE: Duration = Duration::from_secs(20);

/// Lines of a log that are shown when a node ends by itself.
const LAST_WORDS: usize = 12;

/// What a node is made from.
#[derive(Debug)]
pub struct Setup {
    /// The program.
    pub program: PathBuf,
    /// Folder of its configuration, key, log and disk.
    pub folder: PathBuf,
    /// Its network namespace.
    pub namespace: String,
    /// Where its HTTP interface answers.
    pub url: NodeUrl,
    /// The chain.
    pub chain: ChainId,
    /// The key that it votes with.
    pub key: PublicKey,
    /// Its disk.
    pub disk: Disk,
    /// Its clock, if the machine can lend it one.
    pub clock: Option<NodeClock>,
}

/// An authority.
#[derive(Debug)]
pub struct Node {
    /// What it is made from.
    pub setup: Setup,
    child: Option<Child>,
    last_signed: Option<Subject>,
}

/// What the signing guard of a node that is down says, compared with what it said before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GuardState {
    /// It stands where it stood or further.
    Good,
    /// There is none.
    Missing,
    /// It went back, changed what it says of one step, or cannot be read.
    Broken(String),
}

impl Node {
    /// A node that does not run yet.
    pub fn new(setup: Setup) -> Self {
        Self {
            setup,
            child: None,
            last_signed: None,
        }
    }

    /// Starts its process.
    ///
    /// # Errors
    ///
    /// [`TortureError`] when the program does not start.
    pub fn start(&mut self) -> Result<(), TortureError> {
        let log = File::options().create(true).append(true).open(self.log());
        let log = log.map_err(TortureError::io("open a log"))?;
        let second = log.try_clone();
        let clock = self.setup.clock.as_ref();
        let child = self
            .inside()
            .args(["node", "--config"])
            .arg(self.config())
            .envs(clock.map(NodeClock::variables).unwrap_or_default())
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(second.map_err(TortureError::io("open a log twice"))?)
            .spawn()
            .map_err(|source| TortureError::Start {
                program: "nsenter".to_owned(),
                source,
            })?;
        self.child = Some(child);
        Ok(())
    }

    /// The program in this node's network. nsenter and not `ip netns exec`: that would copy every mount of
    /// this moment into the process, and no disk could be unmounted while it lives.
    fn inside(&self) -> Command {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net=/run/netns/{}", self.setup.namespace))
            .arg(&self.setup.program);
        command
    }

    /// Runs a subcommand of `theriac node` with its configuration, and waits.
    ///
    /// # Errors
    ///
    /// What the command said, where it failed or took too long.
    pub fn run(&self, arguments: &[&str]) -> Result<(), String> {
        let mut child = self
            .inside()
            .arg("node")
            .args(arguments)
            .arg("--config")
            .arg(self.config())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let ended = within_blocking(COMMAND, || child.try_wait().ok().flatten());
        if ended.is_none() {
            // It may have ended this moment.
            let _ = child.kill();
        }
        let output = child.wait_with_output();
        let output = output.map_err(|error| error.to_string())?;
        match ended {
            Some(status) if status.success() => Ok(()),
            _ => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    /// Whether it was started and neither stopped nor killed since.
    pub fn is_started(&self) -> bool {
        self.child.is_some()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        let child = self.child.as_mut();
        child.is_some_and(|child| matches!(child.try_wait(), Ok(Some(_))))
    }

    /// How it ended, if it has ended by itself; it can be started again then.
    pub fn ended_by_itself(&mut self) -> Option<ExitStatus> {
        let status = self.child.as_mut()?.try_wait().ok()??;
        self.child = None;
        Some(status)
    }

    /// Waits until it has ended by itself.
    pub fn wait_for_end(&mut self, limit: Duration) -> Option<ExitStatus> {
        within_blocking(limit, || self.ended_by_itself())
    }

    /// Ends it at once; nothing is flushed or closed.
    pub fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        if let Some(mut child) = self.child.take() {
            // A child that cannot be waited for has been.
            let _ = child.wait();
        }
    }

    /// Asks it to end; whether it did so in time and well.
    pub fn stop(&mut self) -> bool {
        self.signal(Signal::SIGTERM);
        let ended = self.wait_for_end(GRACE);
        self.kill();
        ended.is_some_and(|status| status.success())
    }

    /// Holds it where it is.
    pub fn pause(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// Reads the signing guard. The node must be down: it holds the file.
    pub fn look_at_guard(&mut self) -> GuardState {
        let path = self.setup.disk.place().join("data/consensus/signing-guard");
        let guard = match SigningGuard::open(&path, self.setup.chain, self.setup.key) {
            Ok(guard) => guard,
            Err(GuardError::Missing { .. }) => return GuardState::Missing,
            Err(error) => return GuardState::Broken(error.to_string()),
        };
        let before = self.last_signed;
        self.last_signed = guard.last();
        compare(before.as_ref(), self.last_signed.as_ref())
    }

    /// What the guard said last was signed.
    pub fn last_signed(&self) -> Option<&Subject> {
        self.last_signed.as_ref()
    }

    /// Forgets what the guard said: the disk is a new one.
    pub fn forget_guard(&mut self) {
        self.last_signed = None;
    }

    /// Its configuration.
    pub fn config(&self) -> PathBuf {
        self.setup.folder.join("node.toml")
    }

    /// The last lines that it printed.
    pub fn last_words(&self) -> String {
        last_lines(&self.log(), LAST_WORDS)
    }

    /// What it printed.
    pub fn log(&self) -> PathBuf {
        self.setup.folder.join("log")
    }

    fn signal(&self, signal: Signal) {
        if let Some(child) = &self.child {
            // A process that is gone already needs no signal.
            let _ = shell::signal(child, signal);
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

/// How a process ended, for people.
pub fn ending(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "unknown end".to_owned(),
    }
}

fn compare(before: Option<&Subject>, now: Option<&Subject>) -> GuardState {
    let Some(before) = before else {
        return GuardState::Good;
    };
    let Some(now) = now else {
        return GuardState::Broken(format!("it forgot {before}"));
    };
    let (old, new) = (position(before), position(now));
    if new < old {
        return GuardState::Broken(format!("it went back from {before} to {now}"));
    }
    if new == old && before.digest != now.digest {
        return GuardState::Broken(format!("it says two things of {now}"));
    }
    GuardState::Good
}

fn position(subject: &Subject) -> (u64, u32, theriac_consensus::guard::Step) {
    (subject.height, subject.round, subject.step)
}

fn last_lines(path: &Path, count: usize) -> String {
    let text = std::fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_consensus::guard::Step;
    use theriac_crypto::{Digest, digest};

    fn subject(height: u64, round: u32, said: Digest) -> Subject {
        Subject {
            height,
            round,
            step: Step::Prevote,
            block: None,
            digest: said,
        }
    }

    #[test]
    fn a_guard_may_stand_still_or_go_on_and_nothing_else() {
        let said = digest("test", b"one");
        let old = subject(5, 1, said);
        assert_eq!(compare(None, None), GuardState::Good);
        assert_eq!(compare(Some(&old), Some(&old)), GuardState::Good);
        let next = subject(6, 0, said);
        assert_eq!(compare(Some(&old), Some(&next)), GuardState::Good);
        let back = subject(5, 0, said);
        let other = subject(5, 1, digest("test", b"two"));
        for broken in [None, Some(&back), Some(&other)] {
            assert!(matches!(compare(Some(&old), broken), GuardState::Broken(_)));
        }
    }
}
