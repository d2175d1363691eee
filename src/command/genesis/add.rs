//! `theriac genesis add`.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::{Args, Subcommand, ValueEnum, value_parser};
use rand_core::Rng as _;
use serde_json::json;
use theriac_crypto::Digest;
use theriac_gs1::{CompanyPrefix, Gln};
use theriac_http::random::system_random;
use theriac_ledger::action::Country;
use theriac_ledger::encoding::BoundedText;
use theriac_ledger::genesis::{GenesisAccount, GenesisOrganisation};
use theriac_ledger::identifier::{AccountId, OrganisationId};
use theriac_ledger::record::{KeyPurpose, Place, Role, Roles};

use super::ceremony::{Ceremony, CeremonyValidator};
use crate::arguments::{OutputForm, Passphrase};
use crate::command::keys;
use crate::output;

#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// Add an organisation; prints its id.
    Organisation(OrganisationOptions),
    /// Add an account of an organisation; prints its id.
    Account(AccountOptions),
    /// Add the public half of a key, with a proof that you hold the private half.
    Key(KeyOptions),
    /// Add the public half of a validator's key, with a proof that you hold the private half.
    Validator(ValidatorOptions),
}

#[derive(Debug, Args)]
pub(crate) struct OrganisationOptions {
    /// Legal name.
    #[arg(long)]
    pub(crate) legal_name: String,
    /// Roles, separated by commas.
    #[arg(long, value_enum, value_delimiter = ',', required = true)]
    pub(crate) roles: Vec<RoleName>,
    /// Licence numbers, separated by commas.
    #[arg(long, value_delimiter = ',')]
    licences: Vec<String>,
    /// GS1 company prefixes, separated by commas.
    #[arg(long, value_delimiter = ',')]
    prefixes: Vec<String>,
    /// Where its services answer.
    #[arg(long, default_value = "")]
    service_address: String,
}

#[derive(Debug, Args)]
pub(crate) struct AccountOptions {
    /// The organisation's id.
    #[arg(long)]
    organisation: OrganisationId,
    /// GLN of the premises.
    #[arg(long)]
    gln: Gln,
    /// Name of the premises.
    #[arg(long)]
    name: String,
    /// Country (ISO 3166-1 alpha-2).
    #[arg(long)]
    country: Country,
    /// Degrees north, such as -1.2921.
    #[arg(long, allow_hyphen_values = true, value_parser = latitude)]
    latitude: i32,
    /// Degrees east, such as 36.8219.
    #[arg(long, allow_hyphen_values = true, value_parser = longitude)]
    longitude: i32,
    /// Roles, separated by commas: some of the organisation's.
    #[arg(long, value_enum, value_delimiter = ',', required = true)]
    roles: Vec<RoleName>,
}

#[derive(Debug, Args)]
pub(crate) struct KeyOptions {
    /// The account that the key acts for.
    #[arg(long)]
    account: AccountId,
    /// What the key is for, separated by commas.
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "custody,request"
    )]
    purposes: Vec<PurposeName>,
    /// The key file.
    #[arg(long)]
    key: PathBuf,
    #[command(flatten)]
    passphrase: Passphrase,
}

#[derive(Debug, Args)]
pub(crate) struct ValidatorOptions {
    /// The authority's account.
    #[arg(long)]
    account: AccountId,
    /// Weight of its vote.
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u64).range(1..))]
    power: u64,
    /// The key file.
    #[arg(long)]
    key: PathBuf,
    #[command(flatten)]
    passphrase: Passphrase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoleName {
    Manufacturer,
    Distributor,
    Pharmacy,
    Regulator,
    Authority,
    Disposal,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Manufacturer => Self::Manufacturer,
            RoleName::Distributor => Self::Distributor,
            RoleName::Pharmacy => Self::Pharmacy,
            RoleName::Regulator => Self::Regulator,
            RoleName::Authority => Self::Authority,
            RoleName::Disposal => Self::Disposal,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PurposeName {
    Custody,
    Request,
    Recovery,
}

impl From<PurposeName> for KeyPurpose {
    fn from(name: PurposeName) -> Self {
        match name {
            PurposeName::Custody => Self::Custody,
            PurposeName::Request => Self::Request,
            PurposeName::Recovery => Self::Recovery,
        }
    }
}

pub(super) fn run(path: &Path, what: What, form: OutputForm) -> anyhow::Result<()> {
    let mut ceremony = Ceremony::read(path)?;
    let (kind, id) = match what {
        What::Organisation(options) => ("organisation", organisation(&mut ceremony, &options)?),
        What::Account(options) => ("account", account(&mut ceremony, &options)?),
        What::Key(options) => ("key", key(&mut ceremony, options)?),
        What::Validator(options) => ("validator", validator(&mut ceremony, &options)?),
    };
    ceremony.write(path)?;
    output::result(
        form,
        &json!({ "added": kind, "id": id }),
        &[("added", kind.to_owned()), ("id", id)],
    )
}

fn organisation(ceremony: &mut Ceremony, options: &OrganisationOptions) -> anyhow::Result<String> {
    let organisation = options.read()?;
    let id = organisation.id;
    ceremony.organisations.push(organisation);
    Ok(id.to_string())
}

impl OrganisationOptions {
    /// The organisation, under a new random id.
    pub(crate) fn read(&self) -> anyhow::Result<GenesisOrganisation> {
        let mut licences = Vec::new();
        for licence in &self.licences {
            let parsed = BoundedText::parse(licence);
            licences.push(parsed.with_context(|| format!("licence {licence}"))?);
        }
        licences.sort_unstable();
        let mut prefixes: Vec<CompanyPrefix> = Vec::new();
        for prefix in &self.prefixes {
            let parsed = prefix.parse();
            prefixes.push(parsed.with_context(|| format!("prefix {prefix}"))?);
        }
        prefixes.sort_unstable();
        Ok(GenesisOrganisation {
            id: OrganisationId(random_id()),
            legal_name: BoundedText::parse(&self.legal_name).context("the legal name")?,
            roles: roles(&self.roles)?,
            licences: licences.try_into()?,
            gs1_prefixes: prefixes.try_into()?,
            service_address: BoundedText::parse(&self.service_address).context("the address")?,
        })
    }
}

fn account(ceremony: &mut Ceremony, options: &AccountOptions) -> anyhow::Result<String> {
    let owner = ceremony
        .organisations
        .iter()
        .find(|known| known.id == options.organisation);
    let Some(owner) = owner else {
        bail!(
            "there is no organisation {} in the ceremony; add it first",
            options.organisation
        );
    };
    let roles = roles(&options.roles)?;
    ensure!(
        roles.is_subset(&owner.roles),
        "an account's roles are some of its organisation's"
    );
    let id = AccountId(random_id());
    ceremony.accounts.push(GenesisAccount {
        id,
        organisation: options.organisation,
        gln: options.gln,
        name: BoundedText::parse(&options.name).context("the name of the premises")?,
        place: Place {
            latitude: options.latitude,
            longitude: options.longitude,
        },
        country: options.country,
        roles,
    });
    Ok(id.to_string())
}

fn key(ceremony: &mut Ceremony, options: KeyOptions) -> anyhow::Result<String> {
    let signing = keys::open(&options.key, &options.passphrase.source()?)?;
    let purposes = options.purposes.into_iter().map(KeyPurpose::from).collect();
    Ok(ceremony
        .add_key(&signing, options.account, purposes)?
        .to_string())
}

fn validator(ceremony: &mut Ceremony, options: &ValidatorOptions) -> anyhow::Result<String> {
    let owner = ceremony
        .accounts
        .iter()
        .find(|known| known.id == options.account);
    ensure!(
        owner.is_some_and(|account| account.roles.contains(Role::Authority)),
        "a validator belongs to an account with the role authority; add that first"
    );
    let signing = keys::open(&options.key, &options.passphrase.source()?)?;
    let public = ceremony.add_key(
        &signing,
        options.account,
        vec![KeyPurpose::Vote, KeyPurpose::Request],
    )?;
    ceremony.validators.push(CeremonyValidator {
        key: public,
        power: options.power,
    });
    Ok(public.to_string())
}

pub(crate) fn roles(names: &[RoleName]) -> anyhow::Result<Roles> {
    Ok(Roles::new(names.iter().copied().map(Role::from).collect())?)
}

/// 32 random bytes for a new id.
pub(crate) fn random_id() -> Digest {
    let mut bytes = [0; 32];
    system_random().fill_bytes(&mut bytes);
    Digest(bytes)
}

pub(crate) fn latitude(text: &str) -> Result<i32, String> {
    match degrees(text)? {
        latitude if latitude.abs() <= 900_000 => Ok(latitude),
        _ => Err("a latitude lies between -90 and 90".to_owned()),
    }
}

pub(crate) fn longitude(text: &str) -> Result<i32, String> {
    match degrees(text)? {
        longitude if longitude.abs() <= 1_800_000 => Ok(longitude),
        _ => Err("a longitude lies between -180 and 180".to_owned()),
    }
}

/// Reads decimal degrees with up to four places as units of 10⁻⁴ degrees.
fn degrees(text: &str) -> Result<i32, String> {
    let wrong = || format!("\"{text}\" is not a number of degrees with up to four decimal places");
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || fraction.len() > 4 {
        return Err(wrong());
    }
    if !all_digits(whole) || !all_digits(fraction) {
        return Err(wrong());
    }
    let scaled: i32 = format!("{whole}{fraction:0<4}")
        .parse()
        .map_err(|_| wrong())?;
    Ok(sign * scaled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_read_without_floating_point() {
        assert_eq!(degrees("-1.2921"), Ok(-12_921));
        assert_eq!(degrees("36.8"), Ok(368_000));
        assert_eq!(degrees("180"), Ok(1_800_000));
        for wrong in ["", ".", "1.23456", "1e3", "--1", "1.-2", "+1", "1000"] {
            assert!(degrees(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_place_is_on_earth() {
        assert_eq!(latitude("-90"), Ok(-900_000));
        assert!(latitude("90.0001").is_err());
        assert_eq!(longitude("180"), Ok(1_800_000));
        assert!(longitude("-180.0001").is_err());
    }
}
