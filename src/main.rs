//! The `theriac` program: one binary, a subcommand per task.

use std::process::ExitCode;

mod arguments;
mod command;
mod output;

/// A node runs for months: under load the system's allocator keeps a quarter more memory than this one, and
/// goes on growing (docs/adr/0019).
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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
