//! The two kinds of events that the ledger's actions mean.

use theriac_gs1::{CalendarDate, Lot};

use crate::identifier::Epc;
use crate::time::EventTime;
use crate::vocabulary::{Action, BizStep, Disposition};

/// So many of a class, where single packs are not named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity {
    /// The class: a lot or a product.
    pub class: Epc,
    /// How many; `None` means all.
    pub quantity: Option<u64>,
}

/// A party or place between which things move: `possessing_party` as a GLN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Party {
    /// Its global location number.
    pub possessing_party: Epc,
}

/// Instance and lot master data, given when packs are commissioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ilmd {
    /// The lot.
    pub lot: Lot,
    /// Last day of use.
    pub expiry: CalendarDate,
}

/// Something happens to things (EPCIS 2.0 section 7.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectEvent {
    /// When.
    pub time: EventTime,
    /// How.
    pub action: Action,
    /// What is being done.
    pub biz_step: BizStep,
    /// In what condition the things are afterwards.
    pub disposition: Option<Disposition>,
    /// A condition that lasts until it is taken back.
    pub persistent_disposition: Option<Disposition>,
    /// The things, one by one.
    pub epcs: Vec<Epc>,
    /// The things, by class.
    pub quantities: Vec<Quantity>,
    /// Where it happens.
    pub read_point: Option<Epc>,
    /// Where the things are afterwards.
    pub biz_location: Option<Epc>,
    /// From whom.
    pub source: Option<Party>,
    /// To whom.
    pub destination: Option<Party>,
    /// Master data of the lot.
    pub ilmd: Option<Ilmd>,
}

/// Things go into, or come out of, a unit (EPCIS 2.0 section 7.4.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AggregationEvent {
    /// When.
    pub time: EventTime,
    /// In or out.
    pub action: Action,
    /// What is being done.
    pub biz_step: BizStep,
    /// In what condition the things are afterwards.
    pub disposition: Option<Disposition>,
    /// The unit.
    pub parent: Epc,
    /// What goes in or comes out, one by one; nothing at all when everything comes out.
    pub child_epcs: Vec<Epc>,
    /// What goes in or comes out, by class.
    pub child_quantities: Vec<Quantity>,
    /// Where it happens.
    pub read_point: Option<Epc>,
    /// Where the things are afterwards.
    pub biz_location: Option<Epc>,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Something happens to things.
    Object(ObjectEvent),
    /// Things go into, or come out of, a unit.
    Aggregation(AggregationEvent),
}
