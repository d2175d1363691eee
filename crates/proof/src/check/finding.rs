//! The records of a bundle: each under the header's state root, and together an answer to the
//! question.

use theriac_crypto::Digest;
use theriac_crypto::merkle::InclusionProof;
use theriac_gs1::Lot;
use theriac_ledger::encoding::encode;
use theriac_ledger::identifier::{OrganisationId, PackKey, RunId};
use theriac_ledger::record::{
    EntryPublic, LotPublic, OrganisationPublic, PackEntry, PackStatus, ProductPublic, RunPublic,
    chunk_of, empty_private_digest, tree_value,
};
use theriac_ledger::state_key::StateKey;

use super::{CheckName, Failed, Log};
use crate::bundle::{
    EntryEvidence, EvidenceBundle, Finding, Opened, PackEvidence, Question, RunAbsence,
};
use crate::state::{StateProof, StateProofError};
use crate::verdict::{self, AbsentFrom, Verdict};

/// Leaves of a chunk's tree.
const CHUNK_LEAVES: u32 = theriac_ledger::constants::CHUNK_PACKS;

/// Why records do not answer the question, although each may be proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Misfit {
    #[error("the question names no lot, and the evidence answers for one")]
    NoLotAsked,
    #[error("the question names no serial, and the evidence answers for one")]
    NoSerialAsked,
    #[error("the question names a serial, and the evidence is of a lot only")]
    SerialAsked,
    #[error("the lot has {expected} runs, and the evidence is of {found}")]
    Runs { expected: u16, found: usize },
    #[error("the lot has no run {number}")]
    NoSuchRun { number: u16 },
    #[error("the entry's path does not lead to the root of its chunk")]
    EntryPath,
}

/// The root under which everything is proved, and what is asked.
struct Records<'b> {
    root: Digest,
    question: &'b Question,
}

pub(super) fn judge(log: &mut Log, bundle: &EvidenceBundle) -> Result<Verdict, Failed> {
    let records = Records {
        root: bundle.head.header.state_root,
        question: &bundle.question,
    };
    let as_of = bundle.head.header.time;
    match &bundle.finding {
        Finding::NoProduct { product } => {
            records.no_product(log, product)?;
            Ok(unknown(AbsentFrom::Register))
        }
        Finding::NoLot { product, lot } => {
            records.product(log, product)?;
            records.no_lot(log, lot)?;
            Ok(unknown(AbsentFrom::Product))
        }
        Finding::NoPack { product, lot, runs } => {
            records.product(log, product)?;
            records.no_pack(log, lot, runs)?;
            Ok(unknown(AbsentFrom::Lot))
        }
        Finding::Lot {
            product,
            maker,
            lot,
        } => {
            records.product(log, product)?;
            let name = records.lot_asked(log, lot)?;
            records.maker(log, &lot.public.manufacturer, maker)?;
            let (lot, product) = (&lot.public, &product.public);
            Ok(verdict::judge(
                records.question,
                &name,
                lot,
                product,
                None,
                as_of,
            ))
        }
        Finding::Pack(pack) => {
            let entry = records.pack(log, pack)?;
            let (lot, product) = (&pack.lot.public, &pack.product.public);
            let (name, entry) = (&pack.lot_name, Some(entry));
            Ok(verdict::judge(
                records.question,
                name,
                lot,
                product,
                entry,
                as_of,
            ))
        }
    }
}

fn unknown(proven_absent_from: AbsentFrom) -> Verdict {
    Verdict::Unknown { proven_absent_from }
}

impl Records<'_> {
    fn is_present<T: borsh::BorshSerialize>(
        &self,
        key: &StateKey,
        opened: &Opened<T>,
    ) -> Result<(), StateProofError> {
        let value = tree_value(&encode(&opened.public), &opened.private);
        opened.proof.verify_present(&self.root, key, &value)
    }

    fn no_product(&self, log: &mut Log, proof: &StateProof) -> Result<(), Failed> {
        let gtin = self.question.gtin;
        let absent = proof.verify_absent(&self.root, &StateKey::product(&gtin));
        log.holds(CheckName::Product, absent, |()| {
            format!("no product {gtin} is registered")
        })
    }

    fn product(&self, log: &mut Log, product: &Opened<ProductPublic>) -> Result<(), Failed> {
        let gtin = self.question.gtin;
        let present = self.is_present(&StateKey::product(&gtin), product);
        log.holds(CheckName::Product, present, |()| {
            format!("product {gtin} is {}", product.public.name)
        })?;
        log.about.product = Some(product.public.clone());
        Ok(())
    }

    fn maker(
        &self,
        log: &mut Log,
        id: &OrganisationId,
        maker: &Opened<OrganisationPublic>,
    ) -> Result<(), Failed> {
        let present = self.is_present(&StateKey::organisation(id), maker);
        log.holds(CheckName::Maker, present, |()| {
            format!("the batch was made by {}", maker.public.legal_name)
        })?;
        log.about.maker = Some(maker.public.clone());
        Ok(())
    }

    fn lot_name(&self) -> Result<Lot, Failed> {
        let lot = self.question.lot.ok_or(Misfit::NoLotAsked);
        lot.map_err(|misfit| Failed::new(CheckName::Lot, &misfit))
    }

    fn no_lot(&self, log: &mut Log, proof: &StateProof) -> Result<(), Failed> {
        let (gtin, lot) = (self.question.gtin, self.lot_name()?);
        let absent = proof.verify_absent(&self.root, &StateKey::lot(&gtin, &lot));
        log.holds(CheckName::Lot, absent, |()| {
            format!("the product has no batch {lot}")
        })
    }

    /// The lot that a question without serial asks for.
    fn lot_asked(&self, log: &mut Log, lot: &Opened<LotPublic>) -> Result<Lot, Failed> {
        if self.question.serial.is_some() {
            return Err(Failed::new(CheckName::Lot, &Misfit::SerialAsked));
        }
        let name = self.lot_name()?;
        self.lot(log, &name, lot)?;
        Ok(name)
    }

    fn lot(&self, log: &mut Log, name: &Lot, lot: &Opened<LotPublic>) -> Result<(), Failed> {
        let present = self.is_present(&StateKey::lot(&self.question.gtin, name), lot);
        log.holds(CheckName::Lot, present, |()| {
            format!("batch {name} expires on {}", lot.public.expiry)
        })
    }

    fn pack_key(&self) -> Result<PackKey, Failed> {
        let serial = self.question.serial.ok_or(Misfit::NoSerialAsked);
        let serial = serial.map_err(|misfit| Failed::new(CheckName::Identity, &misfit))?;
        Ok(PackKey::new(&self.question.gtin, &serial))
    }

    fn no_pack(
        &self,
        log: &mut Log,
        lot: &Opened<LotPublic>,
        runs: &[RunAbsence],
    ) -> Result<(), Failed> {
        let (name, key) = (self.lot_name()?, self.pack_key()?);
        self.lot(log, &name, lot)?;
        let expected = lot.public.runs;
        let found = runs.len();
        if usize::from(expected) != found {
            let misfit = Misfit::Runs { expected, found };
            return Err(Failed::new(CheckName::Run, &misfit));
        }
        for (number, RunAbsence { run, .. }) in (0u16..).zip(runs) {
            let present = self.is_present(&self.run_key(&name, number), run);
            present.map_err(|error| Failed::new(CheckName::Run, &error))?;
        }
        log.note(
            CheckName::Run,
            format!("every run of the batch is here: {found}"),
        );
        for RunAbsence { run, absence } in runs {
            let absent = absence.verify(&run.public, &key);
            absent.map_err(|error| Failed::new(CheckName::Identity, &error))?;
        }
        log.note(
            CheckName::Identity,
            "no run has a pack with this serial number".to_owned(),
        );
        Ok(())
    }

    fn run_key(&self, lot: &Lot, number: u16) -> StateKey {
        StateKey::run(&RunId {
            gtin: self.question.gtin,
            lot: *lot,
            number,
        })
    }

    fn pack(&self, log: &mut Log, pack: &PackEvidence) -> Result<EntryPublic, Failed> {
        let key = self.pack_key()?;
        self.product(log, &pack.product)?;
        self.lot(log, &pack.lot_name, &pack.lot)?;
        self.maker(log, &pack.lot.public.manufacturer, &pack.maker)?;
        let number = pack.run_number;
        if number >= pack.lot.public.runs {
            return Err(Failed::new(CheckName::Run, &Misfit::NoSuchRun { number }));
        }
        let run = &pack.run;
        let present = self.is_present(&self.run_key(&pack.lot_name, number), run);
        log.holds(CheckName::Run, present, |()| {
            format!("run {number} was made at {}", run.public.commissioned_at)
        })?;
        let identity = pack.identity.verify(&run.public, &key);
        log.holds(CheckName::Identity, identity, |()| {
            "the pack's key is in the run".to_owned()
        })?;
        let entry = self.entry(pack);
        log.holds(CheckName::Entry, entry, |entry| {
            format!("the pack is {} since {}", entry.status, entry.since)
        })
    }

    fn entry(&self, pack: &PackEvidence) -> Result<EntryPublic, EntryError> {
        let position = pack.identity.position;
        let (number, place) = chunk_of(position);
        let run = RunId {
            gtin: self.question.gtin,
            lot: pack.lot_name,
            number: pack.run_number,
        };
        let key = StateKey::chunk(&run, number);
        match &pack.entry {
            EntryEvidence::Untouched { chunk } => {
                chunk.verify_absent(&self.root, &key)?;
                Ok(untouched(&pack.run.public))
            }
            EntryEvidence::Touched {
                root,
                chunk,
                entry,
                private,
                path,
            } => {
                let value = tree_value(&encode(root), &empty_private_digest());
                chunk.verify_present(&self.root, &key, &value)?;
                let proof = InclusionProof {
                    index: place,
                    count: CHUNK_LEAVES,
                    path: path.to_vec(),
                };
                if !proof.proves(&PackEntry::leaf_of(entry, private), root) {
                    return Err(Misfit::EntryPath.into());
                }
                Ok(*entry)
            }
        }
    }
}

/// What a pack is in a chunk that nothing has happened to.
fn untouched(run: &RunPublic) -> EntryPublic {
    EntryPublic {
        status: PackStatus::Active,
        since: run.commissioned_at,
    }
}

/// Why an entry is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum EntryError {
    #[error(transparent)]
    State(#[from] StateProofError),
    #[error(transparent)]
    Misfit(#[from] Misfit),
}
