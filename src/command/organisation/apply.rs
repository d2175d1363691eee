//! `theriac org apply`.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use serde_json::json;
use theriac_crypto::SigningKey;
use theriac_gs1::Gln;
use theriac_http::keyfile::{PassphraseSource, write_private};
use theriac_http::random::system_random;
use theriac_ledger::action::Country;
use theriac_ledger::change::{Change, NewAccount, NewKey, NewOrganisation};
use theriac_ledger::encoding::BoundedText;
use theriac_ledger::genesis::GenesisOrganisation;
use theriac_ledger::identifier::{AccountId, ChainId};
use theriac_ledger::record::{KeyPurpose, Place};

use super::invite::Invitation;
use super::{invite, service};
use crate::arguments::{OutputForm, UsageError};
use crate::command::change::words;
use crate::command::genesis::add::{OrganisationOptions, latitude, longitude, random_id};
use crate::command::keys;
use crate::output;

/// What every applicant gets; a configuration and a caller's key for each service come on top.
const FILES: [&str; 7] = [
    "anchor.json",
    "records.json",
    "key.pem",
    "key.passphrase",
    "recovery-key.pem",
    "recovery-key.passphrase",
    "application.json",
];

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The file that `theriac org invite` wrote.
    #[arg(long, value_name = "FILE")]
    invitation: PathBuf,
    /// A new folder: keys, trust files, and the application.
    #[arg(long)]
    folder: PathBuf,
    #[command(flatten)]
    organisation: OrganisationOptions,
    /// Address and port on which the service will answer, if it is not 127.0.0.1 and the port of its sample;
    /// for one role that has a service.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// GLN of the premises.
    #[arg(long)]
    gln: Gln,
    /// Name of the premises; the legal name, where it is left out.
    #[arg(long)]
    name: Option<String>,
    /// Country of the premises (ISO 3166-1 alpha-2).
    #[arg(long)]
    country: Country,
    /// Degrees north, such as -1.2921.
    #[arg(long, allow_hyphen_values = true, value_parser = latitude)]
    latitude: i32,
    /// Degrees east, such as 36.8219.
    #[arg(long, allow_hyphen_values = true, value_parser = longitude)]
    longitude: i32,
    /// Say in words what would be written and proven, and do neither.
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(options: &Options, form: OutputForm) -> anyhow::Result<()> {
    let services = options.organisation.roles.iter().copied();
    let services = services.filter(|role| service::program(*role).is_some());
    if options.listen.is_some() && services.count() != 1 {
        return Err(UsageError::new(
            "--listen is for an organisation with one service; leave it out, and change the configurations afterwards",
        )
        .into());
    }
    let invitation = invite::read(&options.invitation)?;
    let folder = &options.folder;
    ensure!(
        !folder.exists() || folder.read_dir()?.next().is_none(),
        "{} is not empty; choose a new folder",
        folder.display()
    );
    if options.dry_run {
        return foresee(options, &invitation, form);
    }
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    write(folder, "anchor.json", &invitation.anchor)?;
    let records = serde_json::to_vec_pretty(&invitation.records)?;
    write_private(&folder.join("records.json"), &records)?;
    let operational = new_key(folder, "key")?;
    let recovery = new_key(folder, "recovery-key")?;
    let chain = invitation.anchor.chain_id();
    let new = organisation(options, &chain, &operational, &recovery)?;
    let account = new.accounts.first().context("one account")?.account;
    let change = Change::AdmitOrganisation(new);
    change.check(&chain)?;
    write(folder, "application.json", &change)?;
    let application = folder.join("application.json");
    let said = words::describe(&change);
    let mut rows = vec![
        ("application", application.display().to_string()),
        ("key", operational.public_key().to_string()),
        ("recovery key", recovery.public_key().to_string()),
    ];
    rows.extend(said.iter().map(|line| ("", line.clone())));
    let mut prepared = Vec::new();
    for role in &options.organisation.roles {
        let written = service::prepare(folder, *role, options.listen, account, &invitation.nodes)?;
        prepared.extend(written);
    }
    rows.push((
        "next",
        "move recovery-key.pem and its passphrase to a safe place offline, and hand the application to an authority: theriac org approve --application …".to_owned(),
    ));
    for one in &prepared {
        let start = format!("theriac {} --config {}", one.program, one.config.display());
        rows.push(("once admitted", start));
        rows.push(("key of its user", one.api_key.display().to_string()));
    }
    let services: Vec<_> = prepared
        .iter()
        .map(|one| {
            json!({
                "program": one.program, "config": one.config, "api_key_file": one.api_key,
                "address": format!("http://{}", one.address),
            })
        })
        .collect();
    let value = json!({
        "application": application, "account": account, "services": services,
        "key": operational.public_key(), "recovery_key": recovery.public_key(), "words": said,
    });
    output::result(form, &value, &rows)
}

/// What would be written and proven. Ids and keys are random: those of a dry run are thrown away, and not said.
fn foresee(options: &Options, invitation: &Invitation, form: OutputForm) -> anyhow::Result<()> {
    let chain = invitation.anchor.chain_id();
    let [operational, recovery] = [(); 2].map(|()| SigningKey::generate(&mut system_random()));
    let new = organisation(options, &chain, &operational, &recovery)?;
    let Some(first) = new.accounts.first() else {
        bail!("an organisation has an account");
    };
    let said = vec![
        format!(
            "an application to admit {} as {}, at {} (GLN {})",
            new.legal_name.as_str(),
            words::roles(&new.roles),
            first.name.as_str(),
            first.gln
        ),
        "  with two new keys: one for custody and requests, one for recovery".to_owned(),
        format!("  proven for chain {chain}: whoever applies has their private halves"),
    ];
    Change::AdmitOrganisation(new).check(&chain)?;
    let mut files: Vec<String> = FILES.map(str::to_owned).to_vec();
    for (program, _) in options
        .organisation
        .roles
        .iter()
        .copied()
        .filter_map(service::program)
    {
        files.extend([format!("{program}.toml"), format!("{program}.api-key")]);
    }
    let mut rows = vec![("would write", options.folder.display().to_string())];
    rows.extend(files.iter().map(|file| ("", format!("  {file}"))));
    rows.push(("would prove", String::new()));
    rows.extend(said.iter().map(|line| ("", line.clone())));
    let value = json!({
        "dry_run": true, "folder": options.folder, "files": files, "words": said,
    });
    output::result(form, &value, &rows)
}

fn organisation(
    options: &Options,
    chain: &ChainId,
    operational: &SigningKey,
    recovery: &SigningKey,
) -> anyhow::Result<NewOrganisation> {
    let GenesisOrganisation {
        id: organisation,
        legal_name,
        roles,
        licences,
        gs1_prefixes,
        service_address,
    } = options.organisation.read()?;
    let account = AccountId(random_id());
    let both = vec![KeyPurpose::Custody, KeyPurpose::Request].try_into()?;
    let offline = vec![KeyPurpose::Recovery].try_into()?;
    let mut keys = vec![
        NewKey::prove(chain, operational, account, both),
        NewKey::prove(chain, recovery, account, offline),
    ];
    keys.sort_by_key(|key| key.key);
    let premises = options
        .name
        .as_deref()
        .unwrap_or(&options.organisation.legal_name);
    let first = NewAccount {
        account,
        gln: options.gln,
        name: BoundedText::parse(premises).context("the name of the premises")?,
        place: Place {
            latitude: options.latitude,
            longitude: options.longitude,
        },
        country: options.country,
        roles: roles.clone(),
    };
    Ok(NewOrganisation {
        organisation,
        legal_name,
        roles,
        licences,
        gs1_prefixes,
        service_address,
        accounts: vec![first].try_into()?,
        keys: keys.try_into()?,
    })
}

/// Makes a key in the folder, with a random passphrase beside it.
fn new_key(folder: &Path, name: &str) -> anyhow::Result<SigningKey> {
    let passphrase = folder.join(format!("{name}.passphrase"));
    keys::write_passphrase(&passphrase)?;
    keys::create(
        &folder.join(format!("{name}.pem")),
        &PassphraseSource::File(passphrase),
    )
}

fn write(folder: &Path, name: &str, value: &impl serde::Serialize) -> anyhow::Result<()> {
    let file = folder.join(name);
    fs::write(&file, serde_json::to_vec_pretty(value)?)
        .with_context(|| format!("writing {}", file.display()))
}
