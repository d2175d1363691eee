//! What can be typed after `theriac`.

use std::fmt;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::command;

/// Exit code for a command line that cannot be understood.
const USAGE: u8 = 2;

/// A shared, tamper-evident record of who holds every pack of medicine.
#[derive(Debug, Parser)]
#[command(name = "theriac", version, about, max_term_width = 100)]
pub(crate) struct Arguments {
    /// How results are printed.
    #[arg(long, global = true, value_enum, default_value_t = OutputForm::Table)]
    pub(crate) output: OutputForm,

    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputForm {
    /// For people.
    Table,
    /// For programs: one JSON value on standard output.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Play a whole consortium on this machine: four authorities, five services, sample packs.
    Demo(command::demo::Options),
    /// Run one node of the ledger, or prepare its folder.
    Node(command::node::Options),
    /// Run the manufacturer's service.
    Manufacturer(command::service::Options),
    /// Run the distributor's service.
    Distributor(command::service::Options),
    /// Run the pharmacy's service.
    Pharmacy(command::service::Options),
    /// Run the regulator's service.
    Regulator(command::service::Options),
    /// Run the verifier service.
    Verifier(command::service::Options),
    /// Check a code, typed or on a picture, against the ledger.
    Verify(command::verify::Options),
    /// Check evidence against validators that signed two things where one is allowed.
    Evidence(command::evidence::Options),
    /// Make a QR or DataMatrix label.
    Label(command::label::Options),
    /// Make and show keys; register, replace and end them on the ledger.
    #[command(alias = "keys")]
    Key(command::keys::Options),
    /// Bring an organisation into the consortium, suspend it, restore it.
    Org(command::organisation::Options),
    /// Say who votes, and where validators are found.
    Validator(command::validator::Options),
    /// See what is proposed to the consortium; propose, approve, enact, withdraw.
    Change(command::change::Options),
    /// Begin a chain: each party adds its own public keys, then the ceremony is sealed.
    Genesis(command::genesis::Options),
    /// Back up the database of a service, and restore it.
    Database(command::database::Options),
    /// Measure the ledger or the verifier on this machine.
    Bench(command::bench::Options),
    /// Print the description of a service's interface (OpenAPI).
    Openapi(command::openapi::Options),
    /// Print completions for a shell.
    Completions(command::completions::Options),
}

/// A command line that can be parsed and still does not say what to do.
#[derive(Debug)]
pub(crate) struct UsageError(&'static str);

impl UsageError {
    pub(crate) fn new(what_to_do: &'static str) -> Self {
        Self(what_to_do)
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for UsageError {}

/// The exit code of a command that failed.
pub(crate) fn exit_code(error: &anyhow::Error) -> ExitCode {
    if error.is::<UsageError>() {
        ExitCode::from(USAGE)
    } else {
        ExitCode::FAILURE
    }
}

/// Parses the command line; help and mistakes are printed here.
pub(crate) fn parse() -> Result<Arguments, ExitCode> {
    Arguments::try_parse().map_err(|error| {
        let code = if error.use_stderr() {
            ExitCode::from(USAGE)
        } else {
            ExitCode::SUCCESS
        };
        // Nothing is left to do when the terminal is gone.
        let _ = error.print();
        code
    })
}
