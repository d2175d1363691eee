//! JSON forms of what the ledger only has as bytes.

use serde::{Deserialize, Serialize};
use theriac_ledger::action::Purpose;
use theriac_ledger::constants::UNIT_LOTS_MAX;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::AccountId;
use theriac_ledger::record::{
    HandlingUnitPrivate, History, KeyRecordPrivate, LotName, RunPrivate, ShipmentPrivate,
    ShipmentState, UnitState,
};

#[derive(Serialize, Deserialize)]
#[serde(remote = "RunPrivate", deny_unknown_fields)]
pub(super) struct RunHalf {
    account: AccountId,
    history: History,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "HandlingUnitPrivate", deny_unknown_fields)]
pub(super) struct UnitHalf {
    state: UnitState,
    nesting: u8,
    lots: BoundedList<LotName, UNIT_LOTS_MAX>,
    history: History,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ShipmentPrivate", deny_unknown_fields)]
pub(super) struct ShipmentHalf {
    from: AccountId,
    to: AccountId,
    purpose: Purpose,
    state: ShipmentState,
    history: History,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "KeyRecordPrivate", deny_unknown_fields)]
pub(super) struct KeyHalf {
    account: AccountId,
    history: History,
}

/// A signed transaction as its canonical bytes, hexadecimal.
pub(super) mod signed {
    use std::borrow::Cow;

    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};
    use theriac_crypto::hexadecimal;
    use theriac_ledger::constants::TRANSACTION_BYTES_MAX;
    use theriac_ledger::transaction::SignedTransaction;

    pub(in crate::history) fn serialize<S: Serializer>(
        signed: &SignedTransaction,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hexadecimal::encode(&signed.encode()))
    }

    pub(in crate::history) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<SignedTransaction, D::Error> {
        let text: Cow<'_, str> = Cow::deserialize(deserializer)?;
        if text.len() > 2 * TRANSACTION_BYTES_MAX {
            return Err(D::Error::custom("a transaction is not that long"));
        }
        let bytes = bytes_of(&text).map_err(D::Error::custom)?;
        SignedTransaction::decode(&bytes).map_err(D::Error::custom)
    }

    fn bytes_of(text: &str) -> Result<Vec<u8>, hexadecimal::HexError> {
        text.as_bytes()
            .chunks(2)
            .map(|pair| {
                let pair = std::str::from_utf8(pair).unwrap_or_default();
                hexadecimal::decode::<1>(pair).map(|[byte]| byte)
            })
            .collect()
    }
}
