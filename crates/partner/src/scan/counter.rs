//! The read model's answer to one scan, in the words of the table of answers.

use theriac_gs1::{Ai, CalendarDate, ElementString, Gtin, Lot, ScannedCode, SerialNumber, Sscc};
use theriac_http::problem::Problem;
use theriac_ledger::identifier::{PackKey, PackLocation, RunId, Timestamp};
use theriac_ledger::pack_set::PackRange;
use theriac_ledger::record::{EntryPublic, LotState, PackStatus, UnitState};
use theriac_proof::answer::{AnswerCode, Colour, answers};
use theriac_proof::verdict::{AbsentFrom, Difference, Recorded, Subject, Verdict};
use theriac_records::repository::bags::BagPack;
use theriac_records::repository::containers::Holder;
use theriac_records::repository::contents::{Container, find_contents};
use theriac_records::repository::lots::{LotRecord, find_lot};
use theriac_records::repository::members::find_account;
use theriac_records::repository::packs::{PackRecord, find_locations, find_pack};
use theriac_records::repository::products::find_product;
use theriac_records::repository::returns::{among, list_unverified};
use theriac_records::repository::units::find_unit;

use super::answer::{
    ActAnswer, ReadAnswer, ScanAnswer, blank, can, cannot, read_of, receive, sentence, word,
};
use super::{Scanned, What, acts};
use crate::bag;
use crate::follow::Folded;
use crate::operation::dispensed::{Earlier, Pending, find_earlier};
use crate::operation::{Desk, storage_problem};
use crate::view::Parties;

/// What is known while scans are answered.
pub(super) struct Counter<'d> {
    desk: &'d Desk,
    head: Folded,
    parties: Parties,
    /// Read with the first pack.
    pending: Option<Pending>,
}

impl<'d> Counter<'d> {
    pub(super) fn new(desk: &'d Desk, head: Folded) -> Self {
        Self {
            desk,
            head,
            parties: Parties::default(),
            pending: None,
        }
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.desk.clock.now_ms())
    }

    /// The time in which rules are judged: that of the last block, or now where the chain rests.
    fn as_of(&self) -> Timestamp {
        self.head.time.max(self.now())
    }

    pub(super) async fn tell(
        &mut self,
        at: String,
        text: &str,
        scanned: Scanned,
    ) -> Result<ScanAnswer, Problem> {
        let Scanned {
            what,
            notes,
            is_scanner_fault,
        } = scanned;
        let mut answer = match what {
            What::Pack {
                code,
                gtin,
                location: Some(location),
                ..
            } => self.pack(&code, gtin, &location).await?,
            What::Pack { code, gtin, .. } => {
                self.unknown_pack(&code, gtin, is_scanner_fault).await?
            }
            What::Item { code, gtin } => self.item(&code, gtin).await?,
            What::Unit(sscc) => self.unit(sscc).await?,
            What::Nothing => self.nothing(text).await?,
            What::Unreadable(error) => {
                let mut answer = blank("unreadable", &[AnswerCode::Unreadable]);
                answer.notes.push(error.to_string());
                answer
            }
        };
        answer.at = at;
        answer.notes.splice(0..0, notes);
        Ok(answer)
    }

    async fn pack(
        &mut self,
        code: &ScannedCode,
        gtin: Gtin,
        location: &PackLocation,
    ) -> Result<ScanAnswer, Problem> {
        let storage = |error| storage_problem(&error);
        let db = &self.desk.database;
        let lot = find_lot(db, &gtin, &location.run.lot)
            .await
            .map_err(storage)?;
        let found = find_pack(db, location).await.map_err(storage)?;
        let (Some(lot), Some(pack)) = (lot, found) else {
            return self.unknown_pack(code, gtin, false).await;
        };
        let pending = match self.pending.take() {
            Some(pending) => pending,
            None => Pending::read(self.desk).await?,
        };
        let earlier = find_earlier(self.desk, &pending, location).await?;
        self.pending = Some(pending);
        let earlier = earlier.map(|(earlier, _)| earlier);
        let is_unverified = self.is_unverified(&location.run, location.position).await?;
        let mut codes = self
            .codes_of_pack(code, &lot, &pack, earlier.as_ref())
            .await?;
        if !self.is_at_hand(&pack.holder) && pack.status != PackStatus::Dispensed {
            codes.push(AnswerCode::NotInYourCustody);
        }
        codes.sort_unstable();
        if codes.iter().any(|code| code.row().exit != 0) {
            codes.retain(|code| code.row().exit != 0);
        }
        let mut answer = blank("pack", &codes);
        answer.read = read_of(code);
        answer.status = Some(pack.status.to_string());
        answer.since = Some(pack.since.to_string());
        answer.product = self.product(&gtin).await?;
        answer.lot = Some(lot.lot.to_string());
        answer.expiry = Some(lot.expiry.to_string());
        answer.holder = Some(self.parties.find(self.desk, pack.holder.account).await?);
        answer.shipment = self.shipment_here(&pack.holder);
        if is_unverified {
            answer.notes.push(
                "It came back and was not verified: it is not saleable until it is.".to_owned(),
            );
        }
        if let Some(earlier) = &earlier {
            self.tell_earlier(&mut answer, earlier);
        }
        let subject = acts::Subject {
            own: self.desk.account,
            as_of: self.as_of(),
            lot: &lot,
            pack: &pack,
            earlier: earlier.as_ref(),
            is_unverified,
        };
        answer.acts = subject.acts(&answer);
        Ok(answer)
    }

    /// What the table says of a pack on record.
    async fn codes_of_pack(
        &self,
        code: &ScannedCode,
        lot: &LotRecord,
        pack: &PackRecord,
        earlier: Option<&Earlier>,
    ) -> Result<Vec<AnswerCode>, Problem> {
        let entry = EntryPublic {
            status: pack.status,
            since: pack.since,
        };
        let recorded = recorded(
            Subject::Pack,
            Some(entry),
            lot.state,
            lot.expiry,
            self.as_of(),
        );
        let is_other_lot = code.lot.is_some_and(|read| read != lot.lot);
        let is_other_expiry = code.expiry.is_some_and(|read| {
            (read.date.year(), read.date.month()) != (lot.expiry.year(), lot.expiry.month())
        });
        let difference = if is_other_lot {
            Some(Difference::Lot)
        } else if is_other_expiry {
            Some(Difference::Expiry)
        } else {
            None
        };
        let verdict = match difference {
            Some(difference) => Verdict::Mismatch {
                difference,
                recorded: Some(recorded),
            },
            None => Verdict::Recorded(recorded),
        };
        let own = find_account(&self.desk.database, &self.desk.account)
            .await
            .map_err(|error| storage_problem(&error))?;
        let mut codes = answers(&verdict, own.map(|own| own.country));
        codes.retain(|code| *code != AnswerCode::AlreadyDispensed);
        codes.extend(earlier.map(|earlier| match earlier {
            Earlier::Here { .. } => AnswerCode::AlreadyDispensedHere,
            Earlier::Elsewhere { .. } => AnswerCode::AlreadyDispensedElsewhere,
        }));
        Ok(codes)
    }

    /// A second scan within two minutes is no alarm.
    fn tell_earlier(&self, answer: &mut ScanAnswer, earlier: &Earlier) {
        answer.notes.push(sentence(&earlier.words()));
        let is_worst = answer.answer == AnswerCode::AlreadyDispensedHere.as_str();
        if is_worst && earlier.is_repeat(self.now()) {
            answer.colour = word(&Colour::Blue);
            "Already scanned".clone_into(&mut answer.word);
            "You supplied this pack a moment ago.".clone_into(&mut answer.sentence);
            "Nothing is left to do: it was scanned twice.".clone_into(&mut answer.action);
        }
    }

    async fn unknown_pack(
        &self,
        code: &ScannedCode,
        gtin: Gtin,
        is_scanner_fault: bool,
    ) -> Result<ScanAnswer, Problem> {
        // What the scanner spoils is no alarm: the note says how to set it right.
        let codes = if is_scanner_fault {
            vec![AnswerCode::Unreadable]
        } else {
            let proven_absent_from = self.absent_from(&gtin, code.lot.as_ref()).await?;
            answers(&Verdict::Unknown { proven_absent_from }, None)
        };
        let mut answer = blank("pack", &codes);
        answer.read = read_of(code);
        answer.product = self.product(&gtin).await?;
        let why = answer.sentence.clone();
        answer.acts = vec![cannot("dispense", why)];
        Ok(answer)
    }

    async fn absent_from(&self, gtin: &Gtin, lot: Option<&Lot>) -> Result<AbsentFrom, Problem> {
        let storage = |error| storage_problem(&error);
        let db = &self.desk.database;
        if find_product(db, gtin).await.map_err(storage)?.is_none() {
            return Ok(AbsentFrom::Register);
        }
        if let Some(lot) = lot
            && find_lot(db, gtin, lot).await.map_err(storage)?.is_none()
        {
            return Ok(AbsentFrom::Product);
        }
        Ok(AbsentFrom::Lot)
    }

    async fn item(&self, code: &ScannedCode, gtin: Gtin) -> Result<ScanAnswer, Problem> {
        let storage = |error| storage_problem(&error);
        let lot = match &code.lot {
            None => None,
            Some(lot) => find_lot(&self.desk.database, &gtin, lot)
                .await
                .map_err(storage)?,
        };
        let codes = match (&code.lot, &lot) {
            (_, Some(lot)) => {
                let recorded = recorded(Subject::Lot, None, lot.state, lot.expiry, self.as_of());
                answers(&Verdict::Recorded(recorded), None)
            }
            (Some(read), None) => {
                let proven_absent_from = self.absent_from(&gtin, Some(read)).await?;
                answers(&Verdict::Unknown { proven_absent_from }, None)
            }
            (None, None) => vec![AnswerCode::Unreadable],
        };
        let mut answer = blank("item", &codes);
        answer.read = read_of(code);
        answer.product = self.product(&gtin).await?;
        answer.lot = lot.as_ref().map(|lot| lot.lot.to_string());
        answer.expiry = lot.map(|lot| lot.expiry.to_string());
        let why = "the code names no single pack: scan the one with the serial number (21)";
        answer.acts = vec![cannot("dispense", why.to_owned())];
        answer.notes.push(sentence(why));
        Ok(answer)
    }

    async fn unit(&mut self, sscc: Sscc) -> Result<ScanAnswer, Problem> {
        let storage = |error| storage_problem(&error);
        let unit = find_unit(&self.desk.database, &sscc)
            .await
            .map_err(storage)?;
        let read = ReadAnswer {
            sscc: Some(sscc.to_string()),
            ..ReadAnswer::default()
        };
        let Some(unit) = unit else {
            let mut answer = blank("unit", &[AnswerCode::NotConfirmed]);
            answer.read = read;
            "No unit with this number is on record.".clone_into(&mut answer.sentence);
            "Compare the number with the label and scan again; ask the supplier."
                .clone_into(&mut answer.action);
            return Ok(answer);
        };
        if matches!(unit.state, UnitState::Resolved(_)) {
            let mut answer = blank("unit", &[AnswerCode::NotConfirmed]);
            answer.read = read;
            answer.packs = Some(0);
            "This unit was unpacked whole and is never used again."
                .clone_into(&mut answer.sentence);
            "Scan what was in it.".clone_into(&mut answer.action);
            return Ok(answer);
        }
        let inside = find_contents(&self.desk.database, Container::Unit(sscc))
            .await
            .map_err(storage)?;
        let mut codes: Vec<AnswerCode> = inside
            .lots
            .iter()
            .flat_map(|lot| {
                let recorded = recorded(Subject::Lot, None, lot.state, lot.expiry, self.as_of());
                answers(&Verdict::Recorded(recorded), None)
            })
            .collect();
        if !self.is_at_hand(&unit.holder) {
            codes.push(AnswerCode::NotInYourCustody);
        }
        codes.sort_unstable();
        codes.dedup();
        if codes.is_empty() {
            codes.push(AnswerCode::LotActive);
        }
        let mut answer = blank("unit", &codes);
        if answer.answer == AnswerCode::LotActive.as_str() {
            "On record".clone_into(&mut answer.word);
            "This unit is on record and nothing in it is recalled or expired."
                .clone_into(&mut answer.sentence);
            "Receive it, or scan the packs in it.".clone_into(&mut answer.action);
        }
        answer.read = read;
        answer.packs = Some(inside.packs);
        answer.holder = Some(self.parties.find(self.desk, unit.holder.account).await?);
        answer.shipment = self.shipment_here(&unit.holder);
        let whole = "packs are dispensed one by one: scan a pack";
        answer.acts = vec![receive(&answer), cannot("dispense", whole.to_owned())];
        Ok(answer)
    }

    /// A code without product and unit: that of a bag, or of something that is none of ours.
    async fn nothing(&mut self, text: &str) -> Result<ScanAnswer, Problem> {
        let Some(packs) = bag::expand(self.desk, text).await? else {
            let mut answer = blank("nothing", &[AnswerCode::Unreadable]);
            let why = "The code names neither a product (01) nor a unit (00).";
            answer.notes.push(why.to_owned());
            return Ok(answer);
        };
        if packs.is_empty() {
            let mut answer = blank("bag", &[AnswerCode::NotConfirmed]);
            "No bag with this code is known here.".clone_into(&mut answer.sentence);
            "Scan the packs in it.".clone_into(&mut answer.action);
            return Ok(answer);
        }
        let mut answer = blank("bag", &[AnswerCode::LotActive]);
        let count = u64::try_from(packs.len()).unwrap_or(u64::MAX);
        "Bag".clone_into(&mut answer.word);
        answer.sentence = format!("A bag of {count} packs, made here.");
        "Dispense it whole, or scan the packs in it.".clone_into(&mut answer.action);
        answer.packs = Some(count);
        answer.acts = self.acts_of_bag(&packs).await?;
        Ok(answer)
    }

    /// What can be done with every pack of a bag can be done with the bag.
    async fn acts_of_bag(&mut self, packs: &[BagPack]) -> Result<Vec<ActAnswer>, Problem> {
        let keys: Vec<PackKey> = packs
            .iter()
            .map(|(gtin, serial)| PackKey::new(gtin, serial))
            .collect();
        let located = find_locations(&self.desk.database, &keys)
            .await
            .map_err(|error| storage_problem(&error))?;
        let mut acts = ["dispense", "undo", "quarantine"].map(can);
        for ((gtin, serial), key) in packs.iter().zip(&keys) {
            let name = format!("(01){gtin}(21){serial}");
            let told = match (located.get(key), pack_code(gtin, serial, self.desk.year())) {
                (Some(location), Some(code)) => self.pack(&code, *gtin, location).await?.acts,
                _ => Vec::new(),
            };
            for act in acts.iter_mut().filter(|act| act.can) {
                let of_pack = told.iter().find(|one| one.act == act.act);
                if !of_pack.is_some_and(|one| one.can) {
                    let why = of_pack.and_then(|one| one.why_not.as_deref());
                    let why = why.unwrap_or("it is on no record here");
                    *act = cannot(&act.act, format!("{name}: {why}"));
                }
            }
        }
        Ok(acts.to_vec())
    }

    async fn product(&self, gtin: &Gtin) -> Result<Option<String>, Problem> {
        let found = find_product(&self.desk.database, gtin)
            .await
            .map_err(|error| storage_problem(&error))?;
        Ok(found.map(|product| product.name))
    }

    async fn is_unverified(&self, run: &RunId, position: u32) -> Result<bool, Problem> {
        let unverified = list_unverified(&self.desk.database, &self.desk.account)
            .await
            .map_err(|error| storage_problem(&error))?;
        let range = PackRange {
            first: position,
            count: 1,
        };
        Ok(!among(run, range, &unverified).is_empty())
    }

    /// Whether it is held by this account and not on its way, or on its way to it.
    fn is_at_hand(&self, holder: &Holder) -> bool {
        match holder.addressee {
            Some(to) => to == self.desk.account,
            None => holder.account == self.desk.account,
        }
    }

    fn shipment_here(&self, holder: &Holder) -> Option<String> {
        let shipment = holder.shipment?;
        (holder.addressee == Some(self.desk.account)).then(|| shipment.to_string())
    }
}

/// The code of a pack, as its label has it.
fn pack_code(gtin: &Gtin, serial: &SerialNumber, year: u16) -> Option<ScannedCode> {
    let [item, number] = ["01", "21"].map(Ai::parse);
    let elements = [(item?, gtin.as_str()), (number?, serial.as_str())];
    let elements = ElementString::new(elements).ok()?;
    ScannedCode::parse(&elements.to_carrier_data(), year).ok()
}

fn recorded(
    subject: Subject,
    pack: Option<EntryPublic>,
    lot: LotState,
    expiry: CalendarDate,
    as_of: Timestamp,
) -> Recorded {
    Recorded {
        subject,
        pack,
        lot,
        // No transaction withdraws products yet.
        withdrawn: Vec::new(),
        expiry,
        as_of,
    }
}
