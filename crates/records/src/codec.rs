//! Values of the ledger as column values, and back.

use serde::Serialize;
use serde::de::DeserializeOwned;
use theriac_crypto::Digest;
use theriac_gs1::Sscc;
use theriac_ledger::identifier::{AccountId, ShipmentId, Timestamp};
use theriac_ledger::record::{PackPlace, PackStatus, UnitState};

use crate::error::StorageError;

/// Kinds of places: of packs (0 to 2) and of units (0 to 3).
pub(crate) const ACCOUNT: i16 = 0;
/// In a unit.
pub(crate) const UNIT: i16 = 1;
/// In a shipment.
pub(crate) const SHIPMENT: i16 = 2;
/// A unit that was unpacked whole.
pub(crate) const RESOLVED: i16 = 3;

pub(crate) fn digest(bytes: &[u8], column: &'static str) -> Result<Digest, StorageError> {
    bytes
        .try_into()
        .map(Digest)
        .map_err(|_| StorageError::Corrupt { column })
}

pub(crate) fn bytes(digest: &Digest) -> Vec<u8> {
    digest.0.to_vec()
}

pub(crate) fn time(time: Timestamp) -> Result<i64, StorageError> {
    i64::try_from(time.0).map_err(|_| StorageError::OutOfRange { what: "a time" })
}

pub(crate) fn timestamp(ms: i64, column: &'static str) -> Result<Timestamp, StorageError> {
    u64::try_from(ms)
        .map(Timestamp)
        .map_err(|_| StorageError::Corrupt { column })
}

pub(crate) fn int(number: u32, what: &'static str) -> Result<i32, StorageError> {
    i32::try_from(number).map_err(|_| StorageError::OutOfRange { what })
}

pub(crate) fn unsigned(number: i32, column: &'static str) -> Result<u32, StorageError> {
    u32::try_from(number).map_err(|_| StorageError::Corrupt { column })
}

pub(crate) fn text<T: std::str::FromStr>(
    text: &str,
    column: &'static str,
) -> Result<T, StorageError> {
    text.parse().map_err(|_| StorageError::Corrupt { column })
}

pub(crate) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("these values have string keys and finite numbers")
}

pub(crate) fn from_json<T: DeserializeOwned>(
    text: &str,
    column: &'static str,
) -> Result<T, StorageError> {
    serde_json::from_str(text).map_err(|_| StorageError::Corrupt { column })
}

/// The word of a fieldless enum, as serde writes it.
pub(crate) fn word<T: Serialize>(value: &T) -> String {
    json(value).trim_matches('"').to_owned()
}

pub(crate) fn from_word<T: DeserializeOwned>(
    text: &str,
    column: &'static str,
) -> Result<T, StorageError> {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
        .map_err(|_| StorageError::Corrupt { column })
}

pub(crate) fn status(number: i16) -> Result<PackStatus, StorageError> {
    u8::try_from(number)
        .ok()
        .and_then(status_of)
        .ok_or(StorageError::Corrupt {
            column: "pack_spans.status",
        })
}

fn status_of(byte: u8) -> Option<PackStatus> {
    [
        PackStatus::Active,
        PackStatus::Dispensed,
        PackStatus::Locked,
        PackStatus::Destroyed,
        PackStatus::Exported,
        PackStatus::Stolen,
        PackStatus::Missing,
        PackStatus::Damaged,
    ]
    .into_iter()
    .find(|status| *status as u8 == byte)
}

pub(crate) fn status_number(status: PackStatus) -> i16 {
    i16::from(status as u8)
}

pub(crate) fn place_columns(place: &PackPlace) -> (i16, Vec<u8>) {
    match place {
        PackPlace::Account(account) => (ACCOUNT, bytes(&account.0)),
        PackPlace::Unit(sscc) => (UNIT, sscc.as_bytes().to_vec()),
        PackPlace::Shipment(shipment) => (SHIPMENT, bytes(&shipment.0)),
    }
}

pub(crate) fn place(
    kind: i16,
    value: &[u8],
    column: &'static str,
) -> Result<PackPlace, StorageError> {
    match kind {
        ACCOUNT => Ok(PackPlace::Account(AccountId(digest(value, column)?))),
        UNIT => Ok(PackPlace::Unit(sscc(value, column)?)),
        SHIPMENT => Ok(PackPlace::Shipment(ShipmentId(digest(value, column)?))),
        _ => Err(StorageError::Corrupt { column }),
    }
}

pub(crate) fn unit_state_columns(state: &UnitState) -> (i16, Vec<u8>) {
    match state {
        UnitState::Held(account) => (ACCOUNT, bytes(&account.0)),
        UnitState::Inside(sscc) => (UNIT, sscc.as_bytes().to_vec()),
        UnitState::InShipment(shipment) => (SHIPMENT, bytes(&shipment.0)),
        UnitState::Resolved(account) => (RESOLVED, bytes(&account.0)),
    }
}

pub(crate) fn unit_state(
    kind: i16,
    value: &[u8],
    column: &'static str,
) -> Result<UnitState, StorageError> {
    match kind {
        ACCOUNT => Ok(UnitState::Held(AccountId(digest(value, column)?))),
        UNIT => Ok(UnitState::Inside(sscc(value, column)?)),
        SHIPMENT => Ok(UnitState::InShipment(ShipmentId(digest(value, column)?))),
        RESOLVED => Ok(UnitState::Resolved(AccountId(digest(value, column)?))),
        _ => Err(StorageError::Corrupt { column }),
    }
}

fn sscc(value: &[u8], column: &'static str) -> Result<Sscc, StorageError> {
    std::str::from_utf8(value)
        .ok()
        .and_then(|text| Sscc::parse(text).ok())
        .ok_or(StorageError::Corrupt { column })
}
