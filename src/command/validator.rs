//! `theriac validator`: who votes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand, value_parser};
use theriac_client::NodeUrl;
use theriac_crypto::PublicKey;
use theriac_ledger::change::{Change, NewValidator, Seat, SeatUpdate};
use theriac_ledger::encoding::BoundedText;
use theriac_ledger::identifier::AccountId;

use super::change::course::Course;
use super::change::member::SignerOptions;
use super::keys;
use super::service::runtime;
use crate::arguments::OutputForm;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Give a key a vote. The authority that will run it signs first; then the others run `theriac change
    /// approve`.
    Add(Box<Add>),
    /// Take a vote away.
    Remove {
        #[command(flatten)]
        signer: SignerOptions,
        /// The key that votes.
        #[arg(long)]
        validator: PublicKey,
    },
    /// Say where a validator is found now.
    Move {
        #[command(flatten)]
        signer: SignerOptions,
        /// The key that votes.
        #[arg(long)]
        validator: PublicKey,
        #[command(flatten)]
        seat: SeatOptions,
    },
}

#[derive(Debug, Args)]
struct SeatOptions {
    /// Where its node listens for validators: an address and a port.
    #[arg(long, value_name = "ADDRESS:PORT")]
    peer_address: SocketAddr,
    /// The HTTP interface of its node.
    #[arg(long, value_name = "URL", value_parser = url)]
    interface: NodeUrl,
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    signer: SignerOptions,
    /// The account of the authority that runs it.
    #[arg(long)]
    account: AccountId,
    /// The key file that will vote.
    #[arg(long)]
    validator_key: PathBuf,
    /// File with its passphrase.
    #[arg(long)]
    validator_passphrase_file: PathBuf,
    #[command(flatten)]
    seat: SeatOptions,
    /// Weight of its vote.
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u64).range(1..))]
    power: u64,
}

fn url(text: &str) -> Result<NodeUrl, String> {
    NodeUrl::parse(text).map_err(|error| error.to_string())
}

pub(crate) fn run(options: Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    runtime()?.block_on(async move {
        match options.command {
            Command::Add(add) => add.run(form).await?,
            Command::Remove { signer, validator } => {
                let course = Course::open(&signer, form)?;
                course.decide(Change::RemoveValidator { validator }).await?;
            }
            Command::Move {
                signer,
                validator,
                seat,
            } => {
                let course = Course::open(&signer, form)?;
                let seat = seat.with(validator)?;
                let change = Change::UpdateSeat(SeatUpdate { validator, seat });
                course.decide(change).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

impl SeatOptions {
    /// A node is known in the validators' network by the key that votes.
    fn with(&self, network_key: PublicKey) -> anyhow::Result<Seat> {
        let interface = self.interface.to_string();
        Ok(Seat {
            network_key,
            peer_address: BoundedText::parse(&self.peer_address.to_string())?,
            interface: BoundedText::parse(interface.trim_end_matches('/'))
                .context("the address of the interface")?,
        })
    }
}

impl Add {
    async fn run(&self, form: OutputForm) -> anyhow::Result<()> {
        let course = Course::open(&self.signer, form)?;
        let key = keys::open(&self.validator_key, &self.validator_passphrase_file)
            .context("the key that will vote")?;
        let seat = self.seat.with(key.public_key())?;
        let chain = course.member.reader.chain();
        let new = NewValidator::prove(&chain, &key, self.account, self.power, seat);
        course.decide(Change::AddValidator(new)).await
    }
}
