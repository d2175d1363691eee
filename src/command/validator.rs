//! `theriac validator`: who votes.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand, value_parser};
use theriac_client::{NodeUrl, RecordName};
use theriac_crypto::PublicKey;
use theriac_ledger::change::{Change, NewValidator, Seat, SeatUpdate};
use theriac_ledger::encoding::{BoundedText, decode};
use theriac_ledger::identifier::AccountId;
use theriac_ledger::record::{HALF_BYTES_MAX, KeyPurpose};
use theriac_signer::KeySettings;

use super::change::course::Course;
use super::change::member::SignerOptions;
use super::keys;
use super::service::runtime;
use crate::arguments::{OutputForm, node_url};

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
    #[arg(long, value_name = "URL", value_parser = node_url)]
    interface: NodeUrl,
    /// The key by which its node is known to the other validators, where that is another than the key that
    /// votes: the public half of what its configuration has as `network_key`. Left out, `move` keeps the one on
    /// record.
    #[arg(long, value_name = "KEY")]
    network_key: Option<PublicKey>,
}

#[derive(Debug, Args)]
struct Add {
    #[command(flatten)]
    signer: SignerOptions,
    /// The account of the authority that runs it.
    #[arg(long)]
    account: AccountId,
    /// The key file that will vote.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "validator_signer",
        conflicts_with = "validator_signer"
    )]
    validator_key: Option<PathBuf>,
    /// File with its passphrase.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present_any = ["validator_passphrase_fd", "validator_signer"],
        conflicts_with_all = ["validator_passphrase_fd", "validator_signer"]
    )]
    validator_passphrase_file: Option<PathBuf>,
    /// Number of an inherited descriptor with its passphrase.
    #[arg(long, value_name = "NUMBER", conflicts_with = "validator_signer")]
    validator_passphrase_fd: Option<u32>,
    /// Instead of a file: the socket of the signer that holds the key that will vote; its node has a network
    /// key of its own then.
    #[arg(long, value_name = "SOCKET", requires = "network_key")]
    validator_signer: Option<PathBuf>,
    #[command(flatten)]
    seat: SeatOptions,
    /// Weight of its vote.
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u64).range(1..))]
    power: u64,
}

pub(crate) fn run(options: Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    runtime()?.block_on(async move {
        match options.command {
            Command::Add(add) => add.run(form).await?,
            Command::Remove { signer, validator } => {
                let course = Course::open(&signer, form).await?;
                course.decide(Change::RemoveValidator { validator }).await?;
            }
            Command::Move {
                signer,
                validator,
                seat,
            } => {
                let course = Course::open(&signer, form).await?;
                let known = network_key_of(&course, validator).await?;
                let seat = seat.with(known)?;
                let change = Change::UpdateSeat(SeatUpdate { validator, seat });
                course.decide(change).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

impl SeatOptions {
    /// `known` is the network key of a node for which none is named.
    fn with(&self, known: PublicKey) -> anyhow::Result<Seat> {
        let interface = self.interface.to_string();
        Ok(Seat {
            network_key: self.network_key.unwrap_or(known),
            peer_address: BoundedText::parse(&self.peer_address.to_string())?,
            interface: BoundedText::parse(interface.trim_end_matches('/'))
                .context("the address of the interface")?,
        })
    }
}

impl Add {
    async fn run(&self, form: OutputForm) -> anyhow::Result<()> {
        let course = Course::open(&self.signer, form).await?;
        let chain = course.member.reader.chain();
        let vote = vec![KeyPurpose::Vote].try_into()?;
        let proven = keys::prove(self, chain, self.account, vote).await;
        let proven = proven.context("the key that will vote")?;
        let new = NewValidator {
            validator: proven.key,
            account: self.account,
            power: self.power,
            seat: self.seat.with(proven.key)?,
            possession: proven.possession,
        };
        course.decide(Change::AddValidator(new)).await
    }
}

impl From<&Add> for KeySettings {
    fn from(add: &Add) -> Self {
        Self {
            file: add.validator_key.clone(),
            passphrase_file: add.validator_passphrase_file.clone(),
            passphrase_fd: add.validator_passphrase_fd,
            signer: add.validator_signer.clone(),
        }
    }
}

/// The key by which a validator's node is known now: of its seat, or the one that votes.
async fn network_key_of(course: &Course, validator: PublicKey) -> anyhow::Result<PublicKey> {
    let name = RecordName::Seat(validator);
    match course.member.reader.public(&name).await? {
        Some(public) => Ok(decode::<Seat>(&public, HALF_BYTES_MAX)?.network_key),
        None => Ok(validator),
    }
}
