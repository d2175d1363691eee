//! The records of a history: each opened with both halves under the head's state root, and each
//! list of steps folded to the history that its private half ends in.

use std::collections::BTreeMap;

use borsh::BorshSerialize;
use theriac_crypto::{Digest, PublicKey, digest};
use theriac_ledger::encoding::encode;
use theriac_ledger::identifier::{AccountId, Height, PackLocation, RunId};
use theriac_ledger::record::{EntryPublic, History, PackEntry, tree_value};
use theriac_ledger::state_key::StateKey;

use super::walk::Carrier;
use super::{HistoryBundle, Step};
use crate::bundle::{EntryEvidence, PackEvidence};
use crate::state::{StateProof, StateProofError};

/// Why a record or its steps are not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum RecordError {
    #[error("keys must be ascending and each named once")]
    SignerOrder,
    #[error("the record of key {key} is not proved: {source}")]
    Signer {
        key: PublicKey,
        source: StateProofError,
    },
    #[error("units and shipments must be ascending and each named once (at {carrier})")]
    CarrierOrder { carrier: Carrier },
    #[error("{carrier} is not proved: {source}")]
    Carrier {
        carrier: Carrier,
        source: StateProofError,
    },
    #[error("the private half of the run is another than the one on record")]
    Run,
    #[error("the private part of the pack's entry is another than the one on record")]
    Entry,
    #[error("the steps of {what} are not ascending, or not between its beginning and the head")]
    StepOrder { what: What },
    #[error("the steps of {what} do not lead to its history: one is missing, added or changed")]
    Steps { what: What },
}

/// Whose steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Run,
    Pack,
    Carrier(Carrier),
}

impl std::fmt::Display for What {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Run => formatter.write_str("the run"),
            Self::Pack => formatter.write_str("the pack"),
            Self::Carrier(carrier) => carrier.fmt(formatter),
        }
    }
}

/// The account of each key.
pub(super) fn signers(
    bundle: &HistoryBundle,
) -> Result<BTreeMap<PublicKey, AccountId>, RecordError> {
    let root = &bundle.evidence.head.header.state_root;
    let mut accounts = BTreeMap::new();
    for one in &bundle.signers {
        let key = one.key;
        if accounts
            .last_key_value()
            .is_some_and(|(last, _)| *last >= key)
        {
            return Err(RecordError::SignerOrder);
        }
        let value = value_of(&one.public, &one.private);
        let present = one.proof.verify_present(root, &StateKey::key(&key), &value);
        present.map_err(|source| RecordError::Signer { key, source })?;
        accounts.insert(key, one.private.account);
    }
    Ok(accounts)
}

/// Checks every record but those of keys, and that its steps are all its steps. Gives the steps of
/// units and shipments.
pub(super) fn check_steps<'b>(
    bundle: &'b HistoryBundle,
    pack: &PackEvidence,
) -> Result<BTreeMap<Carrier, &'b [Step]>, RecordError> {
    let head = &bundle.evidence.head.header;
    check_run(bundle, pack)?;
    check_entry(bundle, pack)?;
    let mut steps = BTreeMap::new();
    for one in opened(bundle) {
        let carrier = one.carrier;
        if steps
            .last_key_value()
            .is_some_and(|(last, _)| *last >= carrier)
        {
            return Err(RecordError::CarrierOrder { carrier });
        }
        let present = one
            .proof
            .verify_present(&head.state_root, &key_of(&carrier), &one.value);
        present.map_err(|source| RecordError::Carrier { carrier, source })?;
        let fold = Fold {
            what: What::Carrier(carrier),
            start: History(bundle.salt),
            after: None,
            head: head.height,
        };
        fold.check(one.steps, one.history)?;
        steps.insert(carrier, one.steps);
    }
    Ok(steps)
}

fn check_run(bundle: &HistoryBundle, pack: &PackEvidence) -> Result<(), RecordError> {
    let run = &bundle.run;
    if digest("private", &encode(&run.private)) != pack.run.private {
        return Err(RecordError::Run);
    }
    let fold = Fold {
        what: What::Run,
        start: History(bundle.salt),
        after: None,
        head: bundle.evidence.head.header.height,
    };
    fold.check(std::slice::from_ref(&run.step), run.private.history)
}

fn check_entry(bundle: &HistoryBundle, pack: &PackEvidence) -> Result<(), RecordError> {
    let private = bundle.entry.private;
    let is_recorded = match &pack.entry {
        EntryEvidence::Untouched { .. } => {
            let run = theriac_ledger::record::Run {
                public: pack.run.public.clone(),
                private: bundle.run.private.clone(),
            };
            private == PackEntry::untouched(&run).private
        }
        EntryEvidence::Touched {
            entry,
            private: recorded,
            ..
        } => {
            let public: EntryPublic = *entry;
            PackEntry { public, private }.private_digest(pack.identity.position) == *recorded
        }
    };
    if !is_recorded {
        return Err(RecordError::Entry);
    }
    let fold = Fold {
        what: What::Pack,
        start: bundle.run.private.history,
        after: Some(bundle.run.step),
        head: bundle.evidence.head.header.height,
    };
    fold.check(&bundle.entry.steps, private.history)
}

/// How a list of steps is judged.
struct Fold {
    what: What,
    start: History,
    after: Option<Step>,
    head: Height,
}

impl Fold {
    fn check(&self, steps: &[Step], end: History) -> Result<(), RecordError> {
        let what = self.what;
        let mut last = self.after.map(|step| step.moment());
        let mut history = self.start;
        for step in steps {
            let now = step.moment();
            if last.is_some_and(|last| last >= now) || step.height > self.head {
                return Err(RecordError::StepOrder { what });
            }
            last = Some(now);
            history = history.next(step.height, step.index, &step.id);
        }
        if history == end {
            Ok(())
        } else {
            Err(RecordError::Steps { what })
        }
    }
}

/// A unit or shipment as the bundle opens it.
struct OpenedCarrier<'b> {
    carrier: Carrier,
    value: Vec<u8>,
    history: History,
    proof: &'b StateProof,
    steps: &'b [Step],
}

fn opened(bundle: &HistoryBundle) -> impl Iterator<Item = OpenedCarrier<'_>> {
    let units = bundle.units.iter().map(|unit| OpenedCarrier {
        carrier: Carrier::Unit(unit.sscc),
        value: value_of(&(), &unit.private),
        history: unit.private.history,
        proof: &unit.proof,
        steps: &unit.steps,
    });
    let shipments = bundle.shipments.iter().map(|shipment| OpenedCarrier {
        carrier: Carrier::Shipment(shipment.id),
        value: value_of(&(), &shipment.private),
        history: shipment.private.history,
        proof: &shipment.proof,
        steps: &shipment.steps,
    });
    units.chain(shipments)
}

fn key_of(carrier: &Carrier) -> StateKey {
    match carrier {
        Carrier::Unit(sscc) => StateKey::unit(sscc),
        Carrier::Shipment(id) => StateKey::shipment(id),
    }
}

/// The value in the state tree of a record with these halves.
fn value_of<P: BorshSerialize, Q: BorshSerialize>(public: &P, private: &Q) -> Vec<u8> {
    let private: Digest = digest("private", &encode(private));
    tree_value(&encode(public), &private)
}

/// Where the pack's identity stands.
pub(super) fn location(bundle: &HistoryBundle, pack: &PackEvidence) -> PackLocation {
    PackLocation {
        run: RunId {
            gtin: bundle.evidence.question.gtin,
            lot: pack.lot_name,
            number: pack.run_number,
        },
        position: pack.identity.position,
    }
}
