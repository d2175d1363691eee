//! A read model beside the ledger: records drawn by lot, each believed with its proof.
//!
//! Compared are chunks of packs (status, since when, where, by whom: all packs of the chunk), lots (state,
//! expiry, number of runs), units (where, how nested) and shipments (from, to, purpose, open or whose).

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use theriac_client::RecordName;
use theriac_ledger::constants::CHUNK_PACKS;
use theriac_ledger::encoding::DecodeError;
use theriac_ledger::identifier::{Height, PackLocation, ShipmentId};
use theriac_ledger::record::{
    Chunk, HandlingUnit, LotRecord, PackEntry, Record, Run, Shipment, ShipmentState, StoredRecord,
    chunk_of,
};
use theriac_records::repository::chain::find_head;
use theriac_records::repository::shipments::{ShipmentOutcome, find_shipment};
use theriac_records::repository::{inspection, lots, units};
use theriac_records::{Database, StorageError};

/// How often the read model is given time to reach the height of a record.
const LOOKS: u32 = 20;
/// For how long, each time.
const PAUSE: Duration = Duration::from_millis(100);

/// Where records are read, whole, and believed.
pub trait Ledger: Sync {
    /// Why a record is not read.
    type Error: Debug + Send;

    /// A record, none where there is none, and the height of the state that it is of.
    fn record(
        &self,
        name: &RecordName,
    ) -> impl Future<Output = Result<(Option<StoredRecord>, Height), Self::Error>> + Send;
}

/// Why a comparison ended early.
#[derive(Debug, thiserror::Error)]
pub enum ComparisonError<E> {
    /// The read model is not read.
    #[error("the read model is not read")]
    Storage(#[from] StorageError),
    /// The ledger is not read.
    #[error("the ledger is not read")]
    Ledger(#[source] E),
    /// A record does not decode.
    #[error("a record of the ledger does not decode")]
    Decode(#[from] DecodeError),
}

/// Something on which ledger and read model do not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What it is about: `unit 395060000000000013`.
    pub what: String,
    /// What the ledger says.
    pub ledger: String,
    /// What the read model says.
    pub read_model: String,
}

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// Packs compared.
    pub packs: u64,
    /// Lots, units and shipments compared.
    pub records: u64,
    /// What differs.
    pub differences: Vec<Difference>,
    /// What differs too, while the read model is behind: it may be what it has not folded yet.
    pub unsettled: u64,
}

/// Compares up to `most` chunks of packs, lots, units and shipments each.
///
/// # Errors
///
/// [`ComparisonError`] where one side is not read.
pub async fn compare<L: Ledger>(
    db: &Database,
    ledger: &L,
    most: u64,
) -> Result<Comparison, ComparisonError<L::Error>> {
    let mut comparing = Comparing {
        db,
        ledger,
        looks: LOOKS,
        found: Comparison::default(),
    };
    let mut seen = BTreeSet::new();
    for location in inspection::draw_packs(db, most).await? {
        if seen.insert((location.run, chunk_of(location.position).0)) {
            comparing.chunk(&location).await?;
        }
    }
    for (gtin, lot) in inspection::draw_lots(db, most).await? {
        let name = RecordName::Lot(gtin, lot);
        let what = format!("lot {lot} of {gtin}");
        comparing.one::<LotRecord>(&name, what).await?;
    }
    for sscc in inspection::draw_units(db, most).await? {
        let name = RecordName::Unit(sscc);
        comparing
            .one::<HandlingUnit>(&name, format!("unit {sscc}"))
            .await?;
    }
    for id in inspection::draw_shipments(db, most).await? {
        let name = RecordName::Shipment(id);
        comparing
            .one::<Shipment>(&name, format!("shipment {id}"))
            .await?;
    }
    Ok(comparing.found)
}

struct Comparing<'a, L> {
    db: &'a Database,
    ledger: &'a L,
    /// How often the read model is still waited for: it may stand.
    looks: u32,
    found: Comparison,
}

impl<L: Ledger> Comparing<'_, L> {
    async fn one<R: Said>(
        &mut self,
        name: &RecordName,
        what: String,
    ) -> Result<(), ComparisonError<L::Error>> {
        self.found.records += 1;
        loop {
            let (stored, height) = self.record(name).await?;
            let record = stored.as_ref().map(R::load).transpose()?;
            let ledger = record.as_ref().map(Said::said);
            let read_model = R::said_by(self.db, name).await?;
            if ledger == read_model {
                return Ok(());
            }
            let is_behind = self.is_behind(height).await?;
            if is_behind && self.wait().await {
                continue;
            }
            let nothing = || "nothing".to_owned();
            let difference = Difference {
                what,
                ledger: ledger.unwrap_or_else(nothing),
                read_model: read_model.unwrap_or_else(nothing),
            };
            self.note(difference, is_behind);
            return Ok(());
        }
    }

    async fn chunk(&mut self, location: &PackLocation) -> Result<(), ComparisonError<L::Error>> {
        let run = &location.run;
        let (number, _) = chunk_of(location.position);
        loop {
            let (stored, _) = self.record(&RecordName::Run(*run)).await?;
            let Some(record) = stored.as_ref().map(Run::load).transpose()? else {
                let difference = Difference {
                    what: format!("run {} of lot {} of {}", run.number, run.lot, run.gtin),
                    ledger: "nothing".to_owned(),
                    read_model: "a run".to_owned(),
                };
                self.note(difference, false);
                return Ok(());
            };
            let (stored, height) = self.record(&RecordName::Chunk(*run, number)).await?;
            let chunk = match stored {
                Some(stored) => Chunk::load(&stored, number)?,
                None => Chunk::untouched(&record, number),
            };
            let first = number.saturating_mul(CHUNK_PACKS);
            let end = first.saturating_add(CHUNK_PACKS).min(record.public.count);
            let difference = self.differing(location, &chunk, first, end).await?;
            let Some(difference) = difference else {
                self.found.packs += u64::from(end.saturating_sub(first));
                return Ok(());
            };
            let is_behind = self.is_behind(height).await?;
            if is_behind && self.wait().await {
                continue;
            }
            self.found.packs += u64::from(end.saturating_sub(first));
            self.note(difference, is_behind);
            return Ok(());
        }
    }

    /// The first pack of a chunk that is not as the ledger says.
    async fn differing(
        &self,
        location: &PackLocation,
        chunk: &Chunk,
        first: u32,
        end: u32,
    ) -> Result<Option<Difference>, StorageError> {
        let run = &location.run;
        let spans = inspection::list_spans_between(self.db, run, first, end).await?;
        for position in first..end {
            let span = spans.iter().find(|span| {
                span.first <= position && position < span.first.saturating_add(span.count)
            });
            let read_model = span.map(|span| {
                let (status, since) = (span.status, span.since);
                format!("{status:?} since {since}, {:?}, by {}", span.place, span.by)
            });
            let ledger = chunk.entry(position - first).map(said_of_pack);
            if ledger != read_model {
                let nothing = || "nothing".to_owned();
                return Ok(Some(Difference {
                    what: format!(
                        "pack {position} of run {} of lot {} of {}",
                        run.number, run.lot, run.gtin
                    ),
                    ledger: ledger.unwrap_or_else(nothing),
                    read_model: read_model.unwrap_or_else(nothing),
                }));
            }
        }
        Ok(None)
    }

    async fn record(
        &self,
        name: &RecordName,
    ) -> Result<(Option<StoredRecord>, Height), ComparisonError<L::Error>> {
        let answered = self.ledger.record(name).await;
        answered.map_err(ComparisonError::Ledger)
    }

    async fn is_behind(&self, height: Height) -> Result<bool, StorageError> {
        let head = find_head(self.db).await?;
        Ok(head.is_none_or(|head| head.height != height))
    }

    /// Gives the read model time, unless it had all that it gets.
    async fn wait(&mut self) -> bool {
        if self.looks == 0 {
            return false;
        }
        self.looks -= 1;
        tokio::time::sleep(PAUSE).await;
        true
    }

    fn note(&mut self, difference: Difference, is_behind: bool) {
        if is_behind {
            self.found.unsettled += 1;
        } else {
            self.found.differences.push(difference);
        }
    }
}

fn said_of_pack(entry: &PackEntry) -> String {
    let (status, since) = (entry.public.status, entry.public.since);
    let (place, by) = (entry.private.place, entry.private.by);
    format!("{status:?} since {since}, {place:?}, by {by}")
}

/// A record in words that both sides can say.
trait Said: Record + Sized {
    fn said(&self) -> String;

    /// The same by the read model; none where it has no such row.
    fn said_by(
        db: &Database,
        name: &RecordName,
    ) -> impl Future<Output = Result<Option<String>, StorageError>> + Send;
}

impl Said for LotRecord {
    fn said(&self) -> String {
        let lot = &self.public;
        format!("{:?}, expiry {}, {} runs", lot.state, lot.expiry, lot.runs)
    }

    async fn said_by(db: &Database, name: &RecordName) -> Result<Option<String>, StorageError> {
        let RecordName::Lot(gtin, lot) = name else {
            return Ok(None);
        };
        let found = lots::find_lot(db, gtin, lot).await?;
        Ok(found.map(|lot| format!("{:?}, expiry {}, {} runs", lot.state, lot.expiry, lot.runs)))
    }
}

impl Said for HandlingUnit {
    fn said(&self) -> String {
        let unit = &self.private;
        format!("{:?}, nesting {}", unit.state, unit.nesting)
    }

    async fn said_by(db: &Database, name: &RecordName) -> Result<Option<String>, StorageError> {
        let RecordName::Unit(sscc) = name else {
            return Ok(None);
        };
        let found = units::find_unit(db, sscc).await?;
        Ok(found.map(|unit| format!("{:?}, nesting {}", unit.state, unit.nesting)))
    }
}

impl Said for Shipment {
    fn said(&self) -> String {
        let Shipment { private, .. } = self;
        let state = match private.state {
            ShipmentState::Open => "open".to_owned(),
            ShipmentState::Resolved(account) => format!("with {account}"),
        };
        let (from, to, purpose) = (private.from, private.to, private.purpose);
        format!("from {from} to {to}, {purpose:?}, {state}")
    }

    async fn said_by(db: &Database, name: &RecordName) -> Result<Option<String>, StorageError> {
        let RecordName::Shipment(id) = name else {
            return Ok(None);
        };
        let id: &ShipmentId = id;
        let found = find_shipment(db, id).await?;
        Ok(found.map(|shipment| {
            let state = match shipment.outcome {
                ShipmentOutcome::Open => "open".to_owned(),
                _ => format!("with {}", shipment.holder()),
            };
            let (from, to, purpose) = (shipment.from, shipment.to, shipment.purpose);
            format!("from {from} to {to}, {purpose:?}, {state}")
        }))
    }
}
