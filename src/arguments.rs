//! What can be typed after `theriac`.

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use theriac_client::NodeUrl;
use theriac_http::keyfile::PassphraseSource;
use theriac_signer::KeySettings;

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
    /// Hold a key for nodes and services behind a Unix socket, and sign what its configuration allows.
    Signer(command::signer::Options),
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
    /// Add the first administrator of a service; list its users, give them new passwords, keep them out.
    User(command::user::Options),
    /// Back up the database of a service, restore it, rebuild what came from the chain; check its audit trail.
    Database(command::database::Options),
    /// Look a node or service over: what is wrong, and what to do about it.
    Doctor(command::doctor::Options),
    /// Show where a node or service stands, and whether it is ready.
    Status(command::status::Options),
    /// Measure the ledger or the verifier on this machine.
    Bench(command::bench::Options),
    /// Print the description of a service's interface (OpenAPI).
    Openapi(command::openapi::Options),
    /// Print completions for a shell.
    Completions(command::completions::Options),
}

/// Where the passphrase of a key file is.
#[derive(Debug, Clone, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Passphrase {
    /// File with the passphrase.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Number of an inherited descriptor with the passphrase, such as 0 for standard input.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) passphrase_fd: Option<u32>,
}

impl Passphrase {
    /// The one that is given.
    pub(crate) fn source(&self) -> anyhow::Result<PassphraseSource> {
        let (file, descriptor) = (self.passphrase_file.clone(), self.passphrase_fd);
        Ok(PassphraseSource::choose(file, descriptor)?)
    }
}

/// Where the key is that signs.
#[derive(Debug, Clone, Args)]
pub(crate) struct KeyChoice {
    /// The key file.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "signer",
        conflicts_with = "signer"
    )]
    key: Option<PathBuf>,
    /// File with its passphrase.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present_any = ["passphrase_fd", "signer"],
        conflicts_with_all = ["passphrase_fd", "signer"]
    )]
    passphrase_file: Option<PathBuf>,
    /// Number of an inherited descriptor with the passphrase, such as 0 for standard input.
    #[arg(long, value_name = "NUMBER", conflicts_with = "signer")]
    passphrase_fd: Option<u32>,
    /// Instead of a file: the socket of the signer that holds the key.
    #[arg(long, value_name = "SOCKET")]
    signer: Option<PathBuf>,
}

impl From<&KeyChoice> for KeySettings {
    fn from(choice: &KeyChoice) -> Self {
        Self {
            file: choice.key.clone(),
            passphrase_file: choice.passphrase_file.clone(),
            passphrase_fd: choice.passphrase_fd,
            signer: choice.signer.clone(),
        }
    }
}

/// Reads the address of a node; clap asks for it as a value parser.
pub(crate) fn node_url(text: &str) -> Result<NodeUrl, String> {
    NodeUrl::parse(text).map_err(|error| error.to_string())
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
