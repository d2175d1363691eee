//! The `theriac` program: one binary, a subcommand per task.

use std::process::ExitCode;

mod arguments;
mod command;
mod output;

fn main() -> ExitCode {
    let arguments = match arguments::parse() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    match command::run(arguments) {
        Ok(code) => code,
        Err(error) => {
            output::error(&error);
            arguments::exit_code(&error)
        }
    }
}
