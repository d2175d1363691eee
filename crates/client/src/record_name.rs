//! Names of records as they stand in addresses: `/v1/records/{kind}/{key}`.
//!
//! Parts of a key are joined by `~`, which no identifier contains.

use std::fmt::Write as _;
use std::str::FromStr;

use theriac_crypto::PublicKey;
use theriac_gs1::{Gtin, Lot, Sscc};
use theriac_ledger::identifier::{AccountId, ChangeId, OrganisationId, RunId, ShipmentId};
use theriac_ledger::state_key::StateKey;

/// The longest key in an address: GTIN, lot, run, chunk and their separators.
const KEY_BYTES_MAX: usize = 96;

/// A record of the state, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordName {
    /// An organisation.
    Organisation(OrganisationId),
    /// An account.
    Account(AccountId),
    /// A key.
    Key(PublicKey),
    /// A product.
    Product(Gtin),
    /// A lot.
    Lot(Gtin, Lot),
    /// A run.
    Run(RunId),
    /// A chunk of a run.
    Chunk(RunId, u32),
    /// A handling unit.
    Unit(Sscc),
    /// A shipment.
    Shipment(ShipmentId),
    /// A change.
    Change(ChangeId),
    /// Where a validator is found.
    Seat(PublicKey),
    /// The validator set in force.
    Validators,
    /// The parameters in force.
    Parameters,
}

/// Why an address names no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordNameError {
    /// No such kind.
    #[error(
        "there are no records of kind {kind:?}; kinds are organisation, account, key, product, lot, run, chunk, unit, shipment, change, seat, validators and parameters"
    )]
    Kind {
        /// What was asked for.
        kind: String,
    },
    /// The key is of another form.
    #[error("the key of a {kind} is {expected}: {reason}")]
    Key {
        /// The kind.
        kind: &'static str,
        /// Its form.
        expected: &'static str,
        /// What is wrong.
        reason: String,
    },
}

impl RecordName {
    /// Reads the two last parts of an address, percent-decoded.
    ///
    /// # Errors
    ///
    /// [`RecordNameError`].
    pub fn parse(kind: &str, key: &str) -> Result<Self, RecordNameError> {
        match kind {
            "organisation" => one("organisation", HEX, key).map(Self::Organisation),
            "account" => one("account", HEX, key).map(Self::Account),
            "key" => one("key", HEX, key).map(Self::Key),
            "product" => one("product", "a GTIN", key).map(Self::Product),
            "lot" => {
                let parts = Parts::split("lot", "GTIN~LOT", key, 2)?;
                Ok(Self::Lot(parts.get(0)?, parts.get(1)?))
            }
            "run" => Parts::split("run", "GTIN~LOT~RUN", key, 3)?
                .run()
                .map(Self::Run),
            "chunk" => {
                let parts = Parts::split("chunk", "GTIN~LOT~RUN~CHUNK", key, 4)?;
                Ok(Self::Chunk(parts.run()?, parts.get(3)?))
            }
            "unit" => one("unit", "an SSCC", key).map(Self::Unit),
            "shipment" => one("shipment", HEX, key).map(Self::Shipment),
            "change" => one("change", HEX, key).map(Self::Change),
            "seat" => one("seat", HEX, key).map(Self::Seat),
            "validators" => current("validators", key).map(|()| Self::Validators),
            "parameters" => current("parameters", key).map(|()| Self::Parameters),
            other => Err(RecordNameError::Kind {
                kind: other.chars().take(KEY_BYTES_MAX).collect(),
            }),
        }
    }

    /// The key in the state tree.
    pub fn state_key(&self) -> StateKey {
        match self {
            Self::Organisation(id) => StateKey::organisation(id),
            Self::Account(id) => StateKey::account(id),
            Self::Key(key) => StateKey::key(key),
            Self::Product(gtin) => StateKey::product(gtin),
            Self::Lot(gtin, lot) => StateKey::lot(gtin, lot),
            Self::Run(run) => StateKey::run(run),
            Self::Chunk(run, number) => StateKey::chunk(run, *number),
            Self::Unit(sscc) => StateKey::unit(sscc),
            Self::Shipment(id) => StateKey::shipment(id),
            Self::Change(id) => StateKey::change(id),
            Self::Seat(validator) => StateKey::seat(validator),
            Self::Validators => StateKey::validators(),
            Self::Parameters => StateKey::parameters(),
        }
    }

    /// The path at which a node serves the record, percent-encoded.
    pub fn path(&self) -> String {
        let run = |run: &RunId| format!("{}~{}~{}", run.gtin, run.lot, run.number);
        let (kind, key) = match self {
            Self::Organisation(id) => ("organisation", id.to_string()),
            Self::Account(id) => ("account", id.to_string()),
            Self::Key(key) => ("key", key.to_string()),
            Self::Product(gtin) => ("product", gtin.to_string()),
            Self::Lot(gtin, lot) => ("lot", format!("{gtin}~{lot}")),
            Self::Run(id) => ("run", run(id)),
            Self::Chunk(id, number) => ("chunk", format!("{}~{number}", run(id))),
            Self::Unit(sscc) => ("unit", sscc.to_string()),
            Self::Shipment(id) => ("shipment", id.to_string()),
            Self::Change(id) => ("change", id.to_string()),
            Self::Seat(validator) => ("seat", validator.to_string()),
            Self::Validators => ("validators", CURRENT.to_owned()),
            Self::Parameters => ("parameters", CURRENT.to_owned()),
        };
        format!("/v1/records/{kind}/{}", percent_encode(&key))
    }
}

const HEX: &str = "64 hexadecimal characters";
const CURRENT: &str = "current";

fn one<T>(kind: &'static str, expected: &'static str, key: &str) -> Result<T, RecordNameError>
where
    T: FromStr<Err: std::fmt::Display>,
{
    Parts::split(kind, expected, key, 1)?.get(0)
}

fn current(kind: &'static str, key: &str) -> Result<(), RecordNameError> {
    if key == CURRENT {
        return Ok(());
    }
    Err(RecordNameError::Key {
        kind,
        expected: CURRENT,
        reason: "only the record in force is served".to_owned(),
    })
}

struct Parts<'a> {
    kind: &'static str,
    expected: &'static str,
    values: Vec<&'a str>,
}

impl<'a> Parts<'a> {
    fn split(
        kind: &'static str,
        expected: &'static str,
        key: &'a str,
        count: usize,
    ) -> Result<Self, RecordNameError> {
        let values: Vec<&str> = key.splitn(count + 1, '~').collect();
        let split = Self {
            kind,
            expected,
            values,
        };
        if key.len() > KEY_BYTES_MAX {
            return Err(split.refuse(format!("{} bytes are too long", key.len())));
        }
        if split.values.len() != count {
            return Err(split.refuse(format!("it must have {count} parts")));
        }
        Ok(split)
    }

    fn get<T>(&self, index: usize) -> Result<T, RecordNameError>
    where
        T: FromStr<Err: std::fmt::Display>,
    {
        self.values[index]
            .parse::<T>()
            .map_err(|error| self.refuse(error.to_string()))
    }

    fn run(&self) -> Result<RunId, RecordNameError> {
        Ok(RunId {
            gtin: self.get(0)?,
            lot: self.get(1)?,
            number: self.get(2)?,
        })
    }

    fn refuse(&self, reason: String) -> RecordNameError {
        RecordNameError::Key {
            kind: self.kind,
            expected: self.expected,
            reason,
        }
    }
}

/// Everything but the unreserved characters of RFC 3986 section 2.3 becomes `%XX`.
fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a string does not fail");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_from_its_path() {
        let gtin: Gtin = "09506000134352".parse().unwrap();
        let lot: Lot = "A%/b+?1".parse().unwrap();
        let run = RunId {
            gtin,
            lot,
            number: 3,
        };
        for name in [
            RecordName::Product(gtin),
            RecordName::Lot(gtin, lot),
            RecordName::Run(run),
            RecordName::Chunk(run, 7),
            RecordName::Key(PublicKey([7; 32])),
            RecordName::Validators,
        ] {
            let path = name.path();
            let (kind, key) = path
                .strip_prefix("/v1/records/")
                .and_then(|rest| rest.split_once('/'))
                .unwrap();
            let key = key.replace("%2F", "/").replace("%2B", "+");
            let key = key.replace("%3F", "?").replace("%25", "%");
            assert_eq!(RecordName::parse(kind, &key), Ok(name));
        }
    }

    #[test]
    fn a_wrong_kind_or_key_says_what_is_expected() {
        let error = RecordName::parse("pack", "x").unwrap_err().to_string();
        assert!(error.contains("chunk"), "{error}");
        let error = RecordName::parse("lot", "x").unwrap_err().to_string();
        assert!(error.contains("GTIN~LOT"), "{error}");
        assert!(RecordName::parse("validators", "old").is_err());
        assert!(RecordName::parse("product", &"1".repeat(1000)).is_err());
    }
}
