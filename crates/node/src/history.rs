//! Makes the history of a pack out of a committed height: the records, their steps, and the
//! transactions that the walk through them asks for.

use std::collections::BTreeSet;

use theriac_gs1::{Gtin, SerialNumber};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{AccountId, Height, OrganisationId, PackKey, PackLocation};
use theriac_ledger::record::{
    Chunk, HandlingUnit, KeyRecord, PackEntry, Record, Run, Shipment, chunk_of,
};
use theriac_ledger::state::State as _;
use theriac_ledger::state_key::StateKey;
use theriac_proof::Question;
use theriac_proof::bundle::Finding;
use theriac_proof::history::walk::{Story, Traced, WalkError, walk};
use theriac_proof::history::{
    EntryHistory, HISTORY_BYTES_MAX, HISTORY_STEPS_MAX, HISTORY_VERSION, HistoryBundle, RunHistory,
    ShipmentHistory, SignerRecord, Step, UnitHistory,
};
use theriac_proof::state::StateProof;

use crate::evidence::EvidenceMaker;
use crate::store::{RecordStep, StoreError, View};

mod reading;

use reading::Reading;

/// Steps of a chunk that are looked through for those of one pack: 512 for each of its packs.
const CHUNK_STEPS_MAX: usize = 65_536;

/// Why a history was not made.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It has more steps, blocks or bytes than a bundle may have.
    #[error("the history of this pack is longer than one bundle may be")]
    TooLong,
    /// The blocks that it is made of are not all here yet.
    #[error("the blocks before {oldest} are not here yet")]
    BlocksMissing {
        /// The oldest block here.
        oldest: Height,
    },
}

impl From<WalkError> for HistoryError {
    fn from(error: WalkError) -> Self {
        match error {
            WalkError::TooLong => Self::TooLong,
            _ => StoreError::corrupt(
                "list of steps",
                "the transactions of a pack do not tell its story",
            )
            .into(),
        }
    }
}

/// The history of a pack in a committed height; none where no such pack is on record.
///
/// # Errors
///
/// [`HistoryError`].
pub fn make(
    view: &View,
    gtin: Gtin,
    serial: SerialNumber,
) -> Result<Option<HistoryBundle>, HistoryError> {
    let key = PackKey::new(&gtin, &serial);
    let Some(location) = view.locate(&key)? else {
        return Ok(None);
    };
    let oldest = view.oldest();
    if oldest > 1 {
        return Err(HistoryError::BlocksMissing { oldest });
    }
    let making = Making { view, location };
    let question = Question {
        gtin,
        lot: None,
        serial: Some(serial),
        expiry: None,
    };
    // Nothing is kept of it: the next history is of another pack, in another height.
    let evidence = EvidenceMaker::default().make(view, &question)?;
    let evidence = evidence
        .ok_or_else(|| StoreError::corrupt("pack index", "it names a pack without evidence"))?;
    let (run, run_history) = making.run()?;
    let entry = making.entry(&run)?;
    let mut reading = Reading::new(view);
    let story = walk(
        &mut reading,
        &Traced {
            location,
            key,
            commissioned: run_history.step,
            steps: &entry.steps,
        },
    )?;
    let bundle = HistoryBundle {
        version: HISTORY_VERSION,
        evidence,
        salt: view.salt(),
        run: run_history,
        entry,
        units: making.units(&story)?,
        shipments: making.shipments(&story)?,
        signers: making.signers(&story)?,
        blocks: reading.into_blocks()?,
    };
    if bundle.encode().len() > HISTORY_BYTES_MAX {
        return Err(HistoryError::TooLong);
    }
    Ok(Some(bundle))
}

/// The accounts that signed, sent, or were to receive in a history: who had a part in it.
pub fn parties(bundle: &HistoryBundle) -> BTreeSet<AccountId> {
    let signers = bundle.signers.iter().map(|signer| signer.private.account);
    let shipments = bundle.shipments.iter();
    let ends = shipments.flat_map(|one| [one.private.from, one.private.to]);
    signers.chain(ends).collect()
}

/// The organisation that made the pack.
pub fn maker(bundle: &HistoryBundle) -> Option<OrganisationId> {
    match &bundle.evidence.finding {
        Finding::Pack(pack) => Some(pack.lot.public.manufacturer),
        _ => None,
    }
}

struct Making<'v> {
    view: &'v View,
    location: PackLocation,
}

impl Making<'_> {
    fn run(&self) -> Result<(Run, RunHistory), HistoryError> {
        let key = StateKey::run(&self.location.run);
        let record = self.view.find_record(&key)?.ok_or_else(|| missing("run"))?;
        let run = Run::load(&record).map_err(|error| StoreError::corrupt("run", error))?;
        let steps = collect(self.view.steps(&key))?;
        let [step] = steps.as_slice() else {
            return Err(StoreError::corrupt("list of steps", "a run has not one step").into());
        };
        let history = RunHistory {
            private: run.private.clone(),
            step: *step,
        };
        Ok((run, history))
    }

    fn entry(&self, run: &Run) -> Result<EntryHistory, HistoryError> {
        let (number, place) = chunk_of(self.location.position);
        let key = StateKey::chunk(&self.location.run, number);
        let entry = match self.view.find_record(&key)? {
            None => PackEntry::untouched(run),
            Some(record) => {
                let corrupt = |error| StoreError::corrupt("chunk", error);
                let chunk = Chunk::load(&record, number).map_err(corrupt)?;
                *chunk.entry(place).ok_or_else(|| missing("entry"))?
            }
        };
        // A chunk's list is of all its packs.
        let mut steps = Vec::new();
        for (count, step) in self.view.steps(&key).enumerate() {
            let step = step?;
            if count >= CHUNK_STEPS_MAX || steps.len() > HISTORY_STEPS_MAX {
                return Err(HistoryError::TooLong);
            }
            if step.packs.contains(place) {
                steps.push(plain(&step));
            }
        }
        Ok(EntryHistory {
            private: entry.private,
            steps: list(steps)?,
        })
    }

    fn units<const MAX: usize>(
        &self,
        story: &Story,
    ) -> Result<BoundedList<UnitHistory, MAX>, HistoryError> {
        let mut units = Vec::new();
        for sscc in story.units.keys() {
            let key = StateKey::unit(sscc);
            let (unit, proof) = prove::<HandlingUnit>(self.view, &key, "unit")?;
            units.push(UnitHistory {
                sscc: *sscc,
                private: unit.private,
                proof,
                steps: list(collect(self.view.steps(&key))?)?,
            });
        }
        list(units)
    }

    fn shipments<const MAX: usize>(
        &self,
        story: &Story,
    ) -> Result<BoundedList<ShipmentHistory, MAX>, HistoryError> {
        let mut shipments = Vec::new();
        for id in story.shipments.keys() {
            let key = StateKey::shipment(id);
            let (shipment, proof) = prove::<Shipment>(self.view, &key, "shipment")?;
            shipments.push(ShipmentHistory {
                id: *id,
                private: shipment.private,
                proof,
                steps: list(collect(self.view.steps(&key))?)?,
            });
        }
        list(shipments)
    }

    fn signers<const MAX: usize>(
        &self,
        story: &Story,
    ) -> Result<BoundedList<SignerRecord, MAX>, HistoryError> {
        let keys: BTreeSet<_> = story.acts.values().map(|act| act.signer).collect();
        let mut signers = Vec::new();
        for key in keys {
            let (record, proof) = prove::<KeyRecord>(self.view, &StateKey::key(&key), "key")?;
            signers.push(SignerRecord {
                key,
                public: record.public,
                private: record.private,
                proof,
            });
        }
        list(signers)
    }
}

fn prove<R: Record>(
    view: &View,
    key: &StateKey,
    what: &'static str,
) -> Result<(R, StateProof), StoreError> {
    let proved = view.prove(key)?;
    let record = proved.record.ok_or_else(|| missing(what))?;
    let record = R::load(&record).map_err(|error| StoreError::corrupt(what, error))?;
    Ok((record, proved.proof))
}

/// All steps of a record, unless they are more than a bundle may have.
fn collect(
    steps: impl Iterator<Item = Result<RecordStep, StoreError>>,
) -> Result<Vec<Step>, HistoryError> {
    let mut all = Vec::new();
    for step in steps {
        if all.len() >= HISTORY_STEPS_MAX {
            return Err(HistoryError::TooLong);
        }
        all.push(plain(&step?));
    }
    Ok(all)
}

fn plain(step: &RecordStep) -> Step {
    Step {
        height: step.height,
        index: step.index,
        id: step.id,
    }
}

fn list<T, const MAX: usize>(items: Vec<T>) -> Result<BoundedList<T, MAX>, HistoryError> {
    BoundedList::new(items).map_err(|_| HistoryError::TooLong)
}

fn missing(what: &'static str) -> StoreError {
    StoreError::corrupt(what, "a record that another names is missing")
}
