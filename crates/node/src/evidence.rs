//! Makes evidence for answers out of committed states.
//!
//! What costs much and changes seldom is kept: the sorted identities of runs and the upper levels of
//! chunks' trees, which never change under their roots, and the proofs of records, which hold for one
//! height and are forgotten with it.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use theriac_crypto::Digest;
use theriac_gs1::{Gtin, Lot};
use theriac_ledger::constants::LOT_RUNS_MAX;
use theriac_ledger::encoding::{BoundedList, decode};
use theriac_ledger::identifier::{PackKey, PackLocation, RunId};
use theriac_ledger::record::{Chunk, HALF_BYTES_MAX, LotPublic, PackEntry, RunPublic, chunk_of};
use theriac_ledger::state::State as _;
use theriac_ledger::state_key::StateKey;
use theriac_proof::bundle::{
    CertifiedHeader, EVIDENCE_VERSION, EntryEvidence, EvidenceBundle, Finding, Opened,
    PackEvidence, Question, RunAbsence,
};
use theriac_proof::state::StateProof;

use crate::store::{StoreError, View};

mod chunks;
mod identities;
mod proofs;

use chunks::Chunks;
use identities::{Identities, RunIdentities};
use proofs::{Proofs, ProvedPublic};

/// Makes evidence. Clones share what is kept.
#[derive(Clone, Debug, Default)]
pub struct EvidenceMaker {
    kept: Arc<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    chunks: Chunks,
    identities: Identities,
    proofs: Proofs,
}

/// One question to one state.
struct Making<'a> {
    view: &'a View,
    kept: &'a Kept,
    question: &'a Question,
}

/// A product on record, proved.
type OpenedProduct = Opened<theriac_ledger::record::ProductPublic>;

impl EvidenceMaker {
    /// The evidence for a question in the state of `view`. None where nothing can be shown: before
    /// the first block, for a code that names neither lot nor serial, and for a serial that is not
    /// on record where the code names no lot, since absence is claimed for a lot only.
    ///
    /// # Errors
    ///
    /// [`StoreError`].
    pub fn make(
        &self,
        view: &View,
        question: &Question,
    ) -> Result<Option<EvidenceBundle>, StoreError> {
        let making = Making {
            view,
            kept: &self.kept,
            question,
        };
        let Some((header, certificate)) = self.kept.proofs.head(view)? else {
            return Ok(None);
        };
        let Some(finding) = making.finding()? else {
            return Ok(None);
        };
        Ok(Some(EvidenceBundle {
            version: EVIDENCE_VERSION,
            question: *question,
            steps: self.kept.proofs.steps(view)?,
            head: CertifiedHeader {
                header,
                certificate,
                signers: None,
            },
            finding,
        }))
    }
}

impl Making<'_> {
    fn finding(&self) -> Result<Option<Finding>, StoreError> {
        let Question {
            gtin, lot, serial, ..
        } = *self.question;
        let product = match self.proved(&StateKey::product(&gtin))? {
            ProvedPublic::Absent(product) => return Ok(Some(Finding::NoProduct { product })),
            ProvedPublic::Present(present) => present.open("product")?,
        };
        match (serial, lot) {
            (Some(serial), lot) => {
                let key = PackKey::new(&gtin, &serial);
                match (self.view.locate(&key)?, lot) {
                    (Some(at), _) => Ok(Some(self.pack(product, at, key)?)),
                    (None, Some(lot)) => self.no_pack(product, gtin, lot, key).map(Some),
                    (None, None) => Ok(None),
                }
            }
            (None, Some(lot)) => self.lot(product, gtin, lot).map(Some),
            (None, None) => Ok(None),
        }
    }

    fn lot(&self, product: OpenedProduct, gtin: Gtin, name: Lot) -> Result<Finding, StoreError> {
        let lot = match self.proved(&StateKey::lot(&gtin, &name))? {
            ProvedPublic::Absent(lot) => return Ok(Finding::NoLot { product, lot }),
            ProvedPublic::Present(present) => present.open::<LotPublic>("lot")?,
        };
        let maker = self.present(&StateKey::organisation(&lot.public.manufacturer), "maker")?;
        Ok(Finding::Lot {
            product,
            maker,
            lot,
        })
    }

    fn no_pack(
        &self,
        product: OpenedProduct,
        gtin: Gtin,
        name: Lot,
        key: PackKey,
    ) -> Result<Finding, StoreError> {
        let lot = match self.proved(&StateKey::lot(&gtin, &name))? {
            ProvedPublic::Absent(lot) => return Ok(Finding::NoLot { product, lot }),
            ProvedPublic::Present(present) => present.open::<LotPublic>("lot")?,
        };
        let mut runs = Vec::new();
        for number in 0..lot.public.runs.min(LOT_RUNS_MAX) {
            let id = RunId {
                gtin,
                lot: name,
                number,
            };
            let run: Opened<RunPublic> = self.present(&StateKey::run(&id), "run")?;
            let absence = self.identities(&run.public)?.prove_absent(&key);
            let absence = absence
                .ok_or_else(|| StoreError::corrupt("pack index", "a pack of a run is not in it"))?;
            runs.push(RunAbsence { run, absence });
        }
        let runs = BoundedList::new(runs).map_err(|e| StoreError::corrupt("lot", e))?;
        Ok(Finding::NoPack { product, lot, runs })
    }

    fn pack(
        &self,
        product: OpenedProduct,
        at: PackLocation,
        key: PackKey,
    ) -> Result<Finding, StoreError> {
        let PackLocation { run: id, position } = at;
        let lot: Opened<LotPublic> = self.present(&StateKey::lot(&id.gtin, &id.lot), "lot")?;
        let maker = self.present(&StateKey::organisation(&lot.public.manufacturer), "maker")?;
        let run: Opened<RunPublic> = self.present(&StateKey::run(&id), "run")?;
        let identity = self.identities(&run.public)?.prove_present(&key);
        let identity = identity
            .ok_or_else(|| StoreError::corrupt("pack index", "it names a run without the pack"))?;
        Ok(Finding::Pack(Box::new(PackEvidence {
            product,
            maker,
            lot_name: id.lot,
            lot,
            run_number: id.number,
            run,
            identity,
            entry: self.entry(&id, position)?,
        })))
    }

    fn entry(&self, run: &RunId, position: u32) -> Result<EntryEvidence, StoreError> {
        let (number, place) = chunk_of(position);
        let key = StateKey::chunk(run, number);
        let proved = self.view.prove(&key)?;
        let Some(record) = proved.record else {
            return Ok(EntryEvidence::Untouched {
                chunk: proved.proof,
            });
        };
        let corrupt = |why| StoreError::corrupt("chunk", why);
        let damaged = |e| StoreError::corrupt("chunk", e);
        let root: Digest = decode(&record.public, HALF_BYTES_MAX).map_err(damaged)?;
        let chunk = Chunk::load(&record, number).map_err(damaged)?;
        let entry: &PackEntry = chunk.entry(place).ok_or(corrupt("it has no such entry"))?;
        let path = self
            .kept
            .chunks
            .path(self.view.chunk_tree(&root), &root, &chunk, place)
            .ok_or(corrupt("its entries have another root"))?;
        Ok(EntryEvidence::Touched {
            root,
            chunk: proved.proof,
            entry: entry.public,
            private: entry.private_digest(position),
            path: BoundedList::new(path).map_err(|e| StoreError::corrupt("chunk", e))?,
        })
    }

    fn identities(&self, run: &RunPublic) -> Result<Arc<RunIdentities>, StoreError> {
        self.kept.identities.of_run(self.view, run)
    }

    fn present<T: BorshSerialize + BorshDeserialize>(
        &self,
        key: &StateKey,
        what: &'static str,
    ) -> Result<Opened<T>, StoreError> {
        match self.proved(key)? {
            ProvedPublic::Present(present) => present.open(what),
            ProvedPublic::Absent(_) => Err(StoreError::corrupt(
                what,
                "a record that another names is missing",
            )),
        }
    }

    fn proved(&self, key: &StateKey) -> Result<ProvedPublic, StoreError> {
        self.kept.proofs.of(self.view, key)
    }
}

/// A record's public half, its private half's digest and its proof, as bytes.
#[derive(Clone, Debug)]
struct Present {
    public: Vec<u8>,
    private: Digest,
    proof: StateProof,
}

impl Present {
    fn open<T: BorshSerialize + BorshDeserialize>(
        self,
        what: &'static str,
    ) -> Result<Opened<T>, StoreError> {
        let public = decode(&self.public, HALF_BYTES_MAX);
        Ok(Opened {
            public: public.map_err(|e| StoreError::corrupt(what, e))?,
            private: self.private,
            proof: self.proof,
        })
    }
}
