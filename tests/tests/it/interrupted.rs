//! What is left when somebody stops a program that has children: nothing.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use theriac_testkit::program::Program;
use theriac_testkit::wait::eventually_blocking;

use crate::alone;

/// Time in which an unoptimised demonstration starts its nodes on a busy machine.
const START: Duration = Duration::from_mins(1);
/// Time in which everything ends: each of the children has five seconds, one after the other.
const END: Duration = Duration::from_mins(1);
/// Authorities of a bench; a demonstration has services too.
const AUTHORITIES: usize = 4;

/// Ids of the running programs that were given a file of this folder.
fn programs_of(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().expect("a UTF-8 path");
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("/proc") {
        let process = entry.expect("an entry").path();
        // A process may end while it is looked at.
        let command = std::fs::read_to_string(process.join("cmdline")).unwrap_or_default();
        if command.split('\0').any(|word| word.starts_with(folder)) {
            found.push(process.display().to_string());
        }
    }
    found
}

/// Sends a signal to the program alone; a terminal would send it to the whole foreground.
fn send(signal: &str, program: &Program) {
    let id = program.id().to_string();
    let sent = Command::new("sh")
        .args(["-c", &format!("kill -s {signal} {id}")])
        .status()
        .expect("a shell");
    assert!(sent.success());
}

fn start(name: &str, arguments: &[&str], log: &Path, folder: &Path) -> Program {
    let mut program = Program::start(name, arguments, log);
    eventually_blocking("the authorities run", START, || {
        program.assert_running();
        (programs_of(folder).len() > AUTHORITIES).then_some(())
    });
    program
}

/// Whether children of this test hear that a terminal closes: not where the whole test run is under
/// `nohup`, which they inherit.
fn is_hangup_heard() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = u64::from_str_radix(mask.expect("a mask").trim(), 16);
    mask.expect("hexadecimal") & 1 == 0
}

#[tokio::test]
async fn a_story_that_is_interrupted_fails_and_says_so() {
    let _alone = alone().await;
    for signal in ["INT", "TERM", "HUP"] {
        if signal == "HUP" && !is_hangup_heard() {
            continue;
        }
        let own = tempfile::tempdir().expect("a folder");
        let data = own.path().join("data");
        let (log, text) = (own.path().join("log"), data.display().to_string());
        let arguments = ["demo", "--once", "--output", "json", "--data-dir", &text];
        let mut demo = start("demo", &arguments, &log, &data);
        send(signal, &demo);
        let status = demo.wait(END);
        let said = demo.printed();
        assert_eq!(status.code(), Some(1), "{signal}: {said}");
        assert!(
            said.contains("before the end of the story"),
            "{signal}: {said}"
        );
        assert!(!said.contains("ready_ms"), "{signal}: {said}");
        assert_eq!(programs_of(&data), [""; 0], "{signal}");
    }
}

#[tokio::test]
async fn a_terminal_that_closes_ends_the_demonstration_and_its_processes() {
    let _alone = alone().await;
    let own = tempfile::tempdir().expect("a folder");
    let data = own.path().join("data");
    let (log, text) = (own.path().join("log"), data.display().to_string());
    let mut demo = start("demo", &["demo", "--data-dir", &text], &log, &data);
    send(if is_hangup_heard() { "HUP" } else { "TERM" }, &demo);
    assert!(demo.wait(END).success(), "{}", demo.printed());
    assert_eq!(programs_of(&data), [""; 0]);
}
