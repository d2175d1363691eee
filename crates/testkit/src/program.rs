//! The built `theriac` program as a child process.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::fake_clock;
use crate::wait::eventually_blocking;

/// Time that a process has to end by itself once it is asked to.
const GRACE: Duration = Duration::from_secs(10);

/// Lines of a log that a failure shows.
const LAST_WORDS: usize = 30;

/// The program beside the running test executable.
///
/// # Panics
///
/// When it was not built: tests of processes need `cargo build --package theriac` first, which
/// `cargo xtask test` does.
pub fn theriac() -> PathBuf {
    let own = std::env::current_exe().expect("a test knows its own file");
    let profile = own
        .ancestors()
        .find(|folder| folder.file_name().is_some_and(|name| name == "deps"))
        .and_then(Path::parent)
        .expect("test executables are in target/<profile>/deps");
    let program = profile.join("theriac");
    assert!(
        program.is_file(),
        "{} is missing: run `cargo build --package theriac` first, or `cargo xtask test`, which does",
        program.display()
    );
    program
}

/// Runs the program to its end.
pub fn run(arguments: &[&str]) -> Output {
    Command::new(theriac())
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the built program starts")
}

/// A running `theriac`.
#[derive(Debug)]
pub struct Program {
    name: String,
    log: PathBuf,
    child: Child,
}

impl Program {
    /// Starts it with these arguments; what it prints is appended to `log`.
    pub fn start(name: &str, arguments: &[&str], log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log);
        let file = file.expect("a log in a folder of the test");
        let child = Command::new(theriac())
            .args(arguments)
            .envs(fake_clock::variables())
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a second handle of a log"))
            .stderr(file)
            .spawn()
            .expect("the built program starts");
        let (name, log) = (name.to_owned(), log.to_owned());
        Self { name, log, child }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child
            .try_wait()
            .expect("a child of ours can be waited for")
    }

    /// Fails the test when the process ended by itself.
    pub fn assert_running(&mut self) {
        let ended = self.ended();
        let words = ended.map(|status| self.last_words(status));
        assert!(ended.is_none(), "{}", words.unwrap_or_default());
    }

    /// Ends it as a power cut would: SIGKILL, nothing is flushed or closed.
    pub fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        self.child.wait().expect("a killed child ends");
    }

    /// Asks it to end and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::SIGTERM);
        let what = format!("{} ends when asked to", self.name);
        eventually_blocking(&what, GRACE, || self.ended())
    }

    /// Waits until it has ended by itself.
    pub fn wait(&mut self, within: Duration) -> ExitStatus {
        let what = format!("{} ends by itself", self.name);
        eventually_blocking(&what, within, || self.ended())
    }

    /// Everything it has printed so far.
    pub fn printed(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Sends a signal to this process alone, by its id.
    pub fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).expect("process ids are small");
        // A process that is gone already needs no signal.
        let _ = kill(Pid::from_raw(id), signal);
    }

    fn last_words(&self, status: ExitStatus) -> String {
        let printed = self.printed();
        let lines: Vec<&str> = printed.lines().collect();
        let last = lines[lines.len().saturating_sub(LAST_WORDS)..].join("\n");
        format!(
            "{} ended by itself ({status}); its last words:\n{last}",
            self.name
        )
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::SIGKILL);
            // Nothing is left to do for a child that cannot be waited for.
            let _ = self.child.wait();
        }
    }
}
