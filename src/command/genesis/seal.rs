//! `theriac genesis seal`.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde_json::json;
use theriac_http::keyfile;
use theriac_ledger::genesis::{Anchor, GenesisKey, GenesisRecords};
use theriac_ledger::validator::{Validator, ValidatorSet};
use theriac_node::genesis;

use super::add::random_id;
use super::ceremony::Ceremony;
use crate::arguments::OutputForm;
use crate::output;

pub(super) fn run(
    ceremony: &Path,
    anchor_file: &Path,
    records_file: &Path,
    form: OutputForm,
) -> anyhow::Result<()> {
    let anchor = write(&Ceremony::read(ceremony)?, anchor_file, records_file)?;
    output::result(
        form,
        &json!({ "chain_id": anchor.chain_id(), "anchor": anchor_file, "records": records_file }),
        &[
            ("chain id", anchor.chain_id().to_string()),
            ("anchor (public)", anchor_file.display().to_string()),
            ("records (members only)", records_file.display().to_string()),
            (
                "next",
                "each party compares the chain id, then: theriac node init".to_owned(),
            ),
        ],
    )
}

/// Checks the ceremony and writes both halves of genesis to new files.
pub(crate) fn write(
    ceremony: &Ceremony,
    anchor_file: &Path,
    records_file: &Path,
) -> anyhow::Result<Anchor> {
    ensure!(
        !anchor_file.exists(),
        "{} exists already",
        anchor_file.display()
    );
    let (anchor, records) = seal(ceremony)?;
    keyfile::write_private(
        records_file,
        serde_json::to_string_pretty(&records)?.as_bytes(),
    )?;
    std::fs::write(anchor_file, serde_json::to_string_pretty(&anchor)?)
        .with_context(|| format!("writing {}", anchor_file.display()))?;
    Ok(anchor)
}

fn seal(ceremony: &Ceremony) -> anyhow::Result<(Anchor, GenesisRecords)> {
    ceremony.check()?;
    let mut organisations = ceremony.organisations.clone();
    organisations.sort_unstable_by_key(|organisation| organisation.id);
    let mut accounts = ceremony.accounts.clone();
    accounts.sort_unstable_by_key(|account| account.id);
    let mut keys = Vec::new();
    for key in &ceremony.keys {
        let purposes = key.purposes.clone().try_into()?;
        keys.push(GenesisKey {
            key: key.key,
            account: key.account,
            purposes,
        });
    }
    keys.sort_unstable_by_key(|key| key.key);
    let validators = ceremony
        .validators
        .iter()
        .map(|validator| Validator {
            key: validator.key,
            power: validator.power,
        })
        .collect();
    let records = GenesisRecords {
        salt: random_id(),
        organisations: organisations.try_into()?,
        accounts: accounts.try_into()?,
        keys: keys.try_into()?,
    };
    let validators = ValidatorSet::new(validators)?;
    let anchor = genesis::seal(ceremony.time, validators, ceremony.parameters, &records)?;
    Ok((anchor, records))
}
