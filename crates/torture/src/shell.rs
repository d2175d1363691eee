//! Programs of the system that do what needs the kernel's own calls.

use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::error::TortureError;

/// Runs a program to its end and gives what it printed.
///
/// # Errors
///
/// [`TortureError`] when it cannot be started or fails.
pub fn run(program: &str, arguments: &[&str]) -> Result<String, TortureError> {
    let command = format!("{program} {}", arguments.join(" "));
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|source| TortureError::Start {
            program: program.to_owned(),
            source,
        })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(TortureError::Command { command, said })
}

/// Sends a signal to a process that was not waited for yet.
///
/// # Errors
///
/// [`TortureError::Io`].
pub fn signal(child: &Child, signal: Signal) -> Result<(), TortureError> {
    let id = i32::try_from(child.id()).expect("Linux numbers processes below 2^22");
    kill(Pid::from_raw(id), signal).map_err(|errno| TortureError::io("send a signal")(errno.into()))
}

/// Whether a program runs to a good end.
pub fn succeeds(program: &str, arguments: &[&str]) -> bool {
    run(program, arguments).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_prints_is_given_and_its_failure_named() {
        assert_eq!(run("echo", &["theriac"]).unwrap(), "theriac\n");
        let error = run("sh", &["-c", "echo no >&2; exit 3"]).unwrap_err();
        assert_eq!(error.to_string(), "sh -c echo no >&2; exit 3 failed: no");
        assert!(!succeeds("there-is-no-such-program", &[]));
    }
}
