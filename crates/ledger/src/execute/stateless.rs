//! What can be judged of a transaction without any state.

use std::collections::BTreeMap;
use std::sync::Arc;

use theriac_crypto::{Digest, SignatureError};
use theriac_gs1::Sscc;

use crate::action::{
    ActionBody, ActionError, CommissionRun, Decommission, Receive, RegisterProduct, UnpackContents,
};
use crate::change::ChangeError;
use crate::constants::{ACTION_UNITS_MAX, TRANSACTION_BYTES_MAX};
use crate::encoding::disorder;
use crate::identifier::{ChainId, PackKey, RunId, TransactionId};
use crate::pack_set::{Extent, PackSet, PackSetError, measure};
use crate::record::identity_root;
use crate::transaction::SignedTransaction;

/// A transaction that passed [`check_stateless`] for one chain.
#[derive(Debug, Clone)]
pub struct CheckedTransaction {
    id: TransactionId,
    signed: SignedTransaction,
    body: ActionBody,
    encoded_len: usize,
    identities: Option<Identities>,
}

/// The identity list of a `CommissionRun`, sorted and hashed once.
#[derive(Debug, Clone)]
pub(crate) struct Identities {
    pub(crate) root: Digest,
    pub(crate) keys: Arc<[PackKey]>,
}

impl CheckedTransaction {
    /// Its id.
    pub fn id(&self) -> &TransactionId {
        &self.id
    }

    /// The transaction as it was signed.
    pub fn signed(&self) -> &SignedTransaction {
        &self.signed
    }

    /// Its action, decoded.
    pub fn body(&self) -> &ActionBody {
        &self.body
    }

    /// Length of its canonical bytes.
    pub fn encoded_len(&self) -> usize {
        self.encoded_len
    }

    pub(crate) fn identities(&self) -> Option<&Identities> {
        self.identities.as_ref()
    }
}

/// Why a transaction is refused without a look at the state. It can never be accepted on this chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatelessRejection {
    /// Too many bytes.
    #[error("the transaction has {found} bytes; at most {TRANSACTION_BYTES_MAX} are allowed")]
    TooLong {
        /// Bytes found.
        found: usize,
    },
    /// Altered, signed by another key, or signed for another chain.
    #[error("the transaction is not signed by its signer for this chain")]
    Signature(#[source] SignatureError),
    /// The kind is unknown or reserved, or the body has another shape.
    #[error(transparent)]
    Action(#[from] ActionError),
    /// The packs are not named in canonical form, or too many.
    #[error(transparent)]
    Packs(#[from] PackSetError),
    /// Neither packs nor units.
    #[error("the action names neither packs nor units")]
    NothingNamed,
    /// Units out of order or twice.
    #[error("units must be ascending and each named once (at unit {index})")]
    UnitOrder {
        /// Position in the list, from zero.
        index: usize,
    },
    /// Too many units in all.
    #[error("the action names more than {ACTION_UNITS_MAX} units")]
    TooManyUnits,
    /// A unit in itself.
    #[error("unit {sscc} cannot be packed into itself or unpacked from itself")]
    UnitInItself {
        /// The unit.
        sscc: Sscc,
    },
    /// Two exceptions name the same pack.
    #[error("two exceptions name pack {position} of {run}")]
    PackTwice {
        /// The run.
        run: RunId,
        /// The position.
        position: u32,
    },
    /// Two exceptions name the same unit.
    #[error("two exceptions name unit {sscc}")]
    UnitTwice {
        /// The unit.
        sscc: Sscc,
    },
    /// A run without packs.
    #[error("the run has no packs")]
    NoPacks,
    /// Two packs of one run have the same serial.
    #[error("packs {first} and {second} of the run have the same serial")]
    DuplicateSerial {
        /// Position of one, from zero.
        first: u32,
        /// Position of the other, from zero.
        second: u32,
    },
    /// Expires before it is made.
    #[error("the expiry date lies before the day of manufacture")]
    DateOrder,
    /// A product without a name.
    #[error("the product has no name")]
    NoName,
    /// A pack without doses.
    #[error("the pack size is zero")]
    PackSize,
    /// Temperatures in the wrong order.
    #[error("the lowest storage temperature is above the highest")]
    StorageRange,
    /// Markets out of order or twice.
    #[error("markets must be ascending and each named once (at market {index})")]
    MarketOrder {
        /// Position in the list, from zero.
        index: usize,
    },
    /// The change cannot be.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl StatelessRejection {
    /// A stable code in snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "transaction_too_long",
            Self::Signature(_) => "bad_signature",
            Self::Action(ActionError::NotEnabled { .. }) => "not_enabled",
            Self::Action(ActionError::UnknownKind { .. }) => "unknown_action",
            Self::Action(ActionError::Body { .. }) => "malformed_action",
            Self::Packs(PackSetError::TooManyRanges | PackSetError::TooManyChunks) => {
                "too_many_packs"
            }
            Self::Packs(_) => "malformed_packs",
            Self::NothingNamed => "nothing_named",
            Self::UnitOrder { .. } => "unit_order",
            Self::TooManyUnits => "too_many_units",
            Self::UnitInItself { .. } => "unit_in_itself",
            Self::PackTwice { .. } => "pack_named_twice",
            Self::UnitTwice { .. } => "unit_named_twice",
            Self::NoPacks => "run_without_packs",
            Self::DuplicateSerial { .. } => "duplicate_serial",
            Self::DateOrder => "expiry_before_manufacture",
            Self::NoName => "product_without_name",
            Self::PackSize => "pack_size_zero",
            Self::StorageRange => "storage_range",
            Self::MarketOrder { .. } => "market_order",
            Self::Change(error) => error.code(),
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::TooLong { .. } | Self::TooManyUnits => "split the request into several",
            Self::Signature(_) => {
                "sign the unaltered transaction with its own key, for this chain's id"
            }
            Self::Action(ActionError::NotEnabled { .. }) => {
                "this version of the ledger cannot do it; wait for one that can"
            }
            Self::Action(_) => "encode the action as docs/ledger-format.md describes",
            Self::Packs(PackSetError::TooManyRanges | PackSetError::TooManyChunks) => {
                "split the request into several, or pack the packs into units"
            }
            Self::Packs(_) => "name runs and ranges in ascending order, each pack once",
            Self::NothingNamed => "name at least one pack or unit",
            Self::UnitOrder { .. } => "sort the units and name each once",
            Self::UnitInItself { .. } => "leave the unit itself out of its contents",
            Self::PackTwice { .. } | Self::UnitTwice { .. } => "name it in one exception only",
            Self::NoPacks => "name at least one pack",
            Self::DuplicateSerial { .. } => "give each pack its own serial",
            Self::DateOrder => "check the two dates",
            Self::NoName => "give the name on the pack",
            Self::PackSize => "give the number of doses in a pack",
            Self::StorageRange => "give the lower temperature first",
            Self::MarketOrder { .. } => "sort the countries and name each once",
            Self::Change(error) => error.hint(),
        }
    }
}

/// Judges a transaction alone: bytes, signature, syntax, bounds.
pub fn check_stateless(
    signed: SignedTransaction,
    chain: &ChainId,
) -> Result<CheckedTransaction, StatelessRejection> {
    let encoded_len = signed.encode().len();
    if encoded_len > TRANSACTION_BYTES_MAX {
        return Err(StatelessRejection::TooLong { found: encoded_len });
    }
    let id = signed.transaction.id(chain);
    theriac_crypto::verify(&signed.transaction.signer, &id.0, &signed.signature)
        .map_err(StatelessRejection::Signature)?;
    let body = signed.transaction.action.decode()?;
    let identities = check_body(&body, chain)?;
    Ok(CheckedTransaction {
        id,
        signed,
        body,
        encoded_len,
        identities,
    })
}

fn check_body(
    body: &ActionBody,
    chain: &ChainId,
) -> Result<Option<Identities>, StatelessRejection> {
    match body {
        ActionBody::RegisterProduct(action) => check_product(action)?,
        ActionBody::CommissionRun(action) => return check_run(action).map(Some),
        ActionBody::Pack(action) => {
            check_contents(&action.packs, &action.units)?;
            check_not_itself(&action.sscc, &action.units)?;
        }
        ActionBody::Unpack(action) => {
            if let UnpackContents::Some { packs, units } = &action.contents {
                check_contents(packs, units)?;
                check_not_itself(&action.sscc, units)?;
            }
        }
        ActionBody::Ship(action) => check_contents(&action.packs, &action.units)?,
        ActionBody::Receive(action) => check_exceptions(action)?,
        ActionBody::Dispense(action) => check_contents(&action.packs, &[])?,
        ActionBody::Reactivate(action) => check_contents(&action.packs, &[])?,
        ActionBody::Lock(action) => check_contents(&action.packs, &[])?,
        ActionBody::Unlock(action) => check_contents(&action.packs, &[])?,
        ActionBody::Decommission(action) => check_decommission(action)?,
        ActionBody::ProposeChange(action) => action.change.check(chain)?,
        // A change that was never proposed is refused by its id; one that was has been checked.
        ActionBody::EnactChange(_)
        | ActionBody::ApproveChange(_)
        | ActionBody::WithdrawChange(_)
        | ActionBody::CloseLot(_)
        | ActionBody::RecallLot(_)
        | ActionBody::CancelShipment(_)
        | ActionBody::Reject(_)
        | ActionBody::AnchorDigest(_) => {}
    }
    Ok(None)
}

fn check_product(action: &RegisterProduct) -> Result<(), StatelessRejection> {
    if action.name.as_str().is_empty() {
        return Err(StatelessRejection::NoName);
    }
    if action.pack_size == 0 {
        return Err(StatelessRejection::PackSize);
    }
    if action
        .storage
        .is_some_and(|range| range.celsius_tenths_min > range.celsius_tenths_max)
    {
        return Err(StatelessRejection::StorageRange);
    }
    match disorder(&action.markets) {
        Some(index) => Err(StatelessRejection::MarketOrder { index }),
        None => Ok(()),
    }
}

fn check_run(action: &CommissionRun) -> Result<Identities, StatelessRejection> {
    if action.keys.is_empty() {
        return Err(StatelessRejection::NoPacks);
    }
    if action.expiry < action.manufactured {
        return Err(StatelessRejection::DateOrder);
    }
    let mut sorted: Vec<(PackKey, u32)> = action.keys.iter().copied().zip(0..).collect();
    sorted.sort_unstable();
    if let Some(pair) = sorted.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(StatelessRejection::DuplicateSerial {
            first: pair[0].1,
            second: pair[1].1,
        });
    }
    Ok(Identities {
        root: identity_root(&action.keys),
        keys: action.keys.to_vec().into(),
    })
}

fn check_decommission(action: &Decommission) -> Result<(), StatelessRejection> {
    if action.reason.status().is_none() {
        let kind = action.reason.name();
        return Err(ActionError::NotEnabled { kind }.into());
    }
    check_contents(&action.packs, &[])
}

fn check_contents(packs: &[PackSet], units: &[Sscc]) -> Result<(), StatelessRejection> {
    check_part(packs, units)?.check()?;
    Ok(())
}

fn check_part(packs: &[PackSet], units: &[Sscc]) -> Result<Extent, StatelessRejection> {
    if packs.is_empty() && units.is_empty() {
        return Err(StatelessRejection::NothingNamed);
    }
    if let Some(index) = disorder(units) {
        return Err(StatelessRejection::UnitOrder { index });
    }
    Ok(measure(packs)?)
}

fn check_not_itself(sscc: &Sscc, units: &[Sscc]) -> Result<(), StatelessRejection> {
    if units.binary_search(sscc).is_ok() {
        return Err(StatelessRejection::UnitInItself { sscc: *sscc });
    }
    Ok(())
}

fn check_exceptions(action: &Receive) -> Result<(), StatelessRejection> {
    let mut extent = Extent::default();
    let mut units: Vec<Sscc> = Vec::new();
    let mut ranges: BTreeMap<(RunId, u32), u32> = BTreeMap::new();
    for exception in &action.except {
        extent = extent.and(check_part(&exception.packs, &exception.units)?);
        extent.check()?;
        units.extend(exception.units.iter());
        if units.len() > ACTION_UNITS_MAX {
            return Err(StatelessRejection::TooManyUnits);
        }
        for set in &exception.packs {
            for range in &set.ranges {
                if ranges.insert((set.run, range.first), range.end()).is_some() {
                    let (run, position) = (set.run, range.first);
                    return Err(StatelessRejection::PackTwice { run, position });
                }
            }
        }
    }
    units.sort_unstable();
    if let Some(pair) = units.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(StatelessRejection::UnitTwice { sscc: pair[0] });
    }
    let mut previous: Option<(RunId, u32)> = None;
    for ((run, first), end) in ranges {
        if previous.is_some_and(|(other, free)| other == run && first < free) {
            let position = first;
            return Err(StatelessRejection::PackTwice { run, position });
        }
        previous = Some((run, end));
    }
    Ok(())
}
