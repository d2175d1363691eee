//! The subcommands, a file each.

use std::process::ExitCode;

use crate::arguments::{Arguments, Command};

pub(crate) mod bench;
pub(crate) mod change;
pub(crate) mod completions;
mod configured;
pub(crate) mod database;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod evidence;
pub(crate) mod genesis;
pub(crate) mod keys;
pub(crate) mod label;
pub(crate) mod node;
pub(crate) mod openapi;
pub(crate) mod organisation;
mod probe;
pub(crate) mod service;
pub(crate) mod signer;
pub(crate) mod status;
pub(crate) mod time;
pub(crate) mod user;
pub(crate) mod validator;
pub(crate) mod verify;

/// Runs a command and gives the exit code of the program.
pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let form = arguments.output;
    match arguments.command {
        Command::Demo(options) => demo::run(options, form),
        Command::Node(options) => node::run(options, form),
        Command::Manufacturer(options) => service::run(service::Service::Manufacturer, &options),
        Command::Distributor(options) => service::run(service::Service::Distributor, &options),
        Command::Pharmacy(options) => service::run(service::Service::Pharmacy, &options),
        Command::Regulator(options) => service::run(service::Service::Regulator, &options),
        Command::Verifier(options) => service::run(service::Service::Verifier, &options),
        Command::Signer(options) => signer::run(options, form),
        Command::Verify(options) => verify::run(&options, form),
        Command::Evidence(options) => evidence::run(&options, form),
        Command::Label(options) => label::run(&options, form),
        Command::Key(options) => keys::run(options, form),
        Command::Org(options) => organisation::run(options, form),
        Command::Validator(options) => validator::run(options, form),
        Command::Change(options) => change::run(options, form),
        Command::Genesis(options) => genesis::run(options, form),
        Command::Database(options) => database::run(&options, form),
        Command::Doctor(options) => doctor::run(&options, form),
        Command::Status(options) => status::run(&options, form),
        Command::User(options) => user::run(&options, form),
        Command::Bench(options) => bench::run(options, form),
        Command::Openapi(options) => openapi::run(&options),
        Command::Completions(options) => completions::run(&options),
    }
}
