//! Following the pack through a bundle, and comparing the end with what is on record.

use std::collections::BTreeMap;
use std::sync::Arc;

use theriac_crypto::PublicKey;
use theriac_ledger::action::ActionError;
use theriac_ledger::identifier::{AccountId, TransactionId};
use theriac_ledger::record::{EntryPublic, ShipmentPrivate, ShipmentState, UnitState};

use super::blocks::{Placed, PlacedByMoment};
use super::walk::{
    Act, Carrier, Opening, Resolution, ShipmentEnd, Source, Story, UnitEnd, WalkError,
};
use super::{HistoryBundle, Step};
use crate::bundle::PackEvidence;

/// What a bundle shows, each part checked by itself.
pub(super) struct Shown<'b> {
    pub(super) transactions: PlacedByMoment<'b>,
    pub(super) accounts: BTreeMap<PublicKey, AccountId>,
    pub(super) steps: BTreeMap<Carrier, &'b [Step]>,
}

/// Why the transactions do not tell the pack's story.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ReplayError {
    #[error("transaction {id} (block {height}, index {index}) is missing", id = step.id, height = step.height, index = step.index)]
    NoTransaction { step: Step },
    #[error("block {height} has another transaction than {id} at {index}", id = step.id, height = step.height, index = step.index)]
    OtherTransaction { step: Step },
    #[error("the record of key {key}, which signed transaction {id}, is missing")]
    NoSigner { key: PublicKey, id: TransactionId },
    #[error("transaction {id} does not decode: {source}")]
    Action {
        id: TransactionId,
        source: ActionError,
    },
    #[error("the pack was in {carrier}, which is missing")]
    NoCarrier { carrier: Carrier },
    #[error(transparent)]
    Walk(#[from] WalkError),
}

/// Why the end of the story is not what is on record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum EndError {
    #[error("the transactions lead to another place of the pack than the one on record")]
    Place,
    #[error("the transactions lead to another status of the pack than the one on record")]
    Status,
    #[error("the transactions lead to another state of {carrier} than the one on record")]
    Carrier { carrier: Carrier },
    #[error("the run was commissioned by another account or at another time than is on record")]
    Run,
    #[error("{what} in the bundle is no part of this history")]
    Surplus { what: &'static str },
}

impl Source for Shown<'_> {
    type Error = ReplayError;

    fn steps(&mut self, carrier: &Carrier) -> Result<Arc<[Step]>, ReplayError> {
        let steps = self.steps.get(carrier);
        let carrier = *carrier;
        steps
            .map(|steps| Arc::from(*steps))
            .ok_or(ReplayError::NoCarrier { carrier })
    }

    fn act(&mut self, step: &Step) -> Result<Arc<Act>, ReplayError> {
        let placed = self.transactions.get(&step.moment());
        let step = *step;
        let Placed { id, time, signed } = *placed.ok_or(ReplayError::NoTransaction { step })?;
        if id != step.id {
            return Err(ReplayError::OtherTransaction { step });
        }
        let signer = signed.transaction.signer;
        let account = self.accounts.get(&signer).copied();
        let body = signed.transaction.action.decode();
        Ok(Arc::new(Act {
            id,
            signer,
            account: account.ok_or(ReplayError::NoSigner { key: signer, id })?,
            time,
            body: body.map_err(|source| ReplayError::Action { id, source })?,
        }))
    }
}

/// Checks that the pack ends where it is on record, as what it is on record.
pub(super) fn check_pack(
    bundle: &HistoryBundle,
    entry: &EntryPublic,
    story: &Story,
) -> Result<(), EndError> {
    let (end, private) = (&story.pack, &bundle.entry.private);
    if end.place != private.place {
        return Err(EndError::Place);
    }
    if (end.status, end.since, end.by) != (entry.status, entry.since, private.by) {
        return Err(EndError::Status);
    }
    Ok(())
}

/// Checks that the run is on record as it was commissioned.
pub(super) fn check_run(
    bundle: &HistoryBundle,
    pack: &PackEvidence,
    story: &Story,
) -> Result<(), EndError> {
    let (public, private) = (&pack.run.public, &bundle.run.private);
    let recorded = (private.account, public.commissioned_at);
    match story.acts.get(&bundle.run.step.moment()) {
        Some(act) if (act.account, act.time) == recorded => Ok(()),
        _ => Err(EndError::Run),
    }
}

/// Checks that each unit and shipment is as the transactions leave it, as far as they tell.
pub(super) fn check_carriers(bundle: &HistoryBundle, story: &Story) -> Result<(), EndError> {
    for unit in &bundle.units {
        let state = unit.private.state;
        let fits = match story.units.get(&unit.sscc) {
            Some(UnitEnd::Left) | None => true,
            Some(UnitEnd::Unmoved) => !matches!(state, UnitState::Resolved(_)),
            Some(UnitEnd::At(end)) => state == *end,
        };
        if !fits {
            let carrier = Carrier::Unit(unit.sscc);
            return Err(EndError::Carrier { carrier });
        }
    }
    for shipment in &bundle.shipments {
        let end = story.shipments.get(&shipment.id);
        if end.is_some_and(|end| !is_as_told(bundle, &shipment.private, end)) {
            let carrier = Carrier::Shipment(shipment.id);
            return Err(EndError::Carrier { carrier });
        }
    }
    Ok(())
}

fn is_as_told(bundle: &HistoryBundle, record: &ShipmentPrivate, end: &ShipmentEnd) -> bool {
    let parties = |record: &ShipmentPrivate| (record.from, record.to, record.purpose);
    let told = match end.opening {
        Opening::Ship { from, to, purpose } => Some((from, to, purpose)),
        Opening::Rest { of } => {
            let mut all = bundle.shipments.iter();
            all.find(|one| one.id == of)
                .map(|one| parties(&one.private))
        }
    };
    let state = match end.resolution {
        None => ShipmentState::Open,
        Some(Resolution::Signer(account)) => ShipmentState::Resolved(account),
        Some(Resolution::Sender) => ShipmentState::Resolved(record.from),
    };
    told == Some(parties(record)) && (!end.is_inside || record.state == state)
}

/// Checks that the bundle holds nothing but this history.
pub(super) fn check_nothing_else(shown: &Shown<'_>, story: &Story) -> Result<(), EndError> {
    let surplus = |what| Err(EndError::Surplus { what });
    if shown.transactions.len() != story.acts.len() {
        return surplus("a transaction");
    }
    if shown.steps.len() != story.units.len().saturating_add(story.shipments.len()) {
        return surplus("a unit or shipment");
    }
    let is_signer = |key: &PublicKey| story.acts.values().any(|act| act.signer == *key);
    if !shown.accounts.keys().all(is_signer) {
        return surplus("a key");
    }
    Ok(())
}
