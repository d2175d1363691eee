//! Following a pack through its own transactions: where it was, from when to when, and what
//! happened there.
//!
//! A pack is in a unit or shipment from the transaction that put it in to the one that took it out,
//! both included. Within that time the same holds of the unit: what it was put into counts from
//! then on, and no longer than the pack was in it; and so on upwards. What a unit stood in *before*
//! the pack came is none of it: the signer had the unit in hand, so whatever the unit still named
//! was resolved, and what is resolved is never written again.
//!
//! Whoever makes a bundle and whoever checks one walk the same way, each over its own [`Source`].

use std::collections::BTreeMap;
use std::sync::Arc;

use theriac_crypto::PublicKey;
use theriac_gs1::Sscc;
use theriac_ledger::action::ActionBody;
use theriac_ledger::constants::NESTING_MAX;
use theriac_ledger::custody::unit_place;
use theriac_ledger::identifier::{
    AccountId, PackKey, PackLocation, ShipmentId, Timestamp, TransactionId,
};
use theriac_ledger::record::{PackPlace, PackStatus, UnitState};

pub use super::effect::{Opening, Resolution};
use super::effect::{ShipmentEffect, UnitEffect, on_pack, on_shipment, on_unit};
use super::{Moment, Step};

/// Transactions looked at, each once for every record that it is a step of.
const VISITS_MAX: u32 = 65_536;

/// Units in units, and a shipment above them.
const LEVELS_MAX: u8 = NESTING_MAX + 2;

/// A transaction of the history, as the walk reads it.
#[derive(Debug, Clone)]
pub struct Act {
    /// Its id.
    pub id: TransactionId,
    /// The key that signed it.
    pub signer: PublicKey,
    /// The account of that key.
    pub account: AccountId,
    /// Time of its block.
    pub time: Timestamp,
    /// What it asks for.
    pub body: ActionBody,
}

/// What a pack can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carrier {
    /// A handling unit.
    Unit(Sscc),
    /// A shipment.
    Shipment(ShipmentId),
}

impl std::fmt::Display for Carrier {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unit(sscc) => write!(formatter, "unit {sscc}"),
            Self::Shipment(id) => write!(formatter, "shipment {id}"),
        }
    }
}

/// Where the walk reads.
pub trait Source {
    /// Why something could not be read.
    type Error: From<WalkError>;

    /// All steps of a unit's or shipment's record, oldest first.
    ///
    /// # Errors
    ///
    /// When they are not known.
    fn steps(&mut self, carrier: &Carrier) -> Result<Arc<[Step]>, Self::Error>;

    /// The transaction of a step.
    ///
    /// # Errors
    ///
    /// When it is not known.
    fn act(&mut self, step: &Step) -> Result<Arc<Act>, Self::Error>;
}

/// The pack that is followed.
#[derive(Debug, Clone, Copy)]
pub struct Traced<'a> {
    /// Where its identity stands.
    pub location: PackLocation,
    /// Its key.
    pub key: PackKey,
    /// The commissioning of its run.
    pub commissioned: Step,
    /// The steps of its entry after that, oldest first.
    pub steps: &'a [Step],
}

/// What the walk found.
#[derive(Debug, Clone)]
pub struct Story {
    /// What the pack's transactions make of it.
    pub pack: PackEnd,
    /// Every transaction of the history, in order.
    pub acts: BTreeMap<Moment, Arc<Act>>,
    /// The units that the pack was in.
    pub units: BTreeMap<Sscc, UnitEnd>,
    /// The shipments that it was in.
    pub shipments: BTreeMap<ShipmentId, ShipmentEnd>,
}

/// A pack after its last transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackEnd {
    /// Where it is.
    pub place: PackPlace,
    /// Its status.
    pub status: PackStatus,
    /// Since when.
    pub since: Timestamp,
    /// The account behind that.
    pub by: AccountId,
}

/// A unit after the pack's time in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnitEnd {
    /// The pack left it: its later state is no part of the history.
    Left,
    /// The pack is in it, and it has not moved since the pack came.
    Unmoved,
    /// The pack is in it, and it is here.
    At(UnitState),
}

/// A shipment after the pack's time in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShipmentEnd {
    /// How it began.
    pub opening: Opening,
    /// Whether the pack's time in it lasts: then its state is known, open or resolved.
    pub is_inside: bool,
    /// How it ended, within that time.
    pub resolution: Option<Resolution>,
}

/// Why steps and transactions make no history of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WalkError {
    /// The commissioning is of other packs.
    #[error("the pack's run was not commissioned by transaction {id}")]
    OtherRun {
        /// The transaction.
        id: TransactionId,
    },
    /// A step of the pack that does not name it.
    #[error("transaction {id} is a step of the pack and does not name it")]
    PackNotNamed {
        /// The transaction.
        id: TransactionId,
    },
    /// A step of a unit or shipment that does not write it.
    #[error("transaction {id} is a step of {carrier} and does not write it")]
    NotWritten {
        /// The transaction.
        id: TransactionId,
        /// The unit or shipment.
        carrier: Carrier,
    },
    /// The transaction that put something into a unit or shipment is none of its steps.
    #[error("what put the pack into {carrier} is no step of it")]
    NotEntered {
        /// The unit or shipment.
        carrier: Carrier,
    },
    /// Deeper than units nest.
    #[error("units stand inside each other without end")]
    Endless,
    /// More than a history may have.
    #[error("the history has more transactions than are followed")]
    TooLong,
}

/// Follows a pack from its commissioning on.
///
/// # Errors
///
/// [`WalkError`], and what the source cannot read.
pub fn walk<S: Source>(source: &mut S, traced: &Traced<'_>) -> Result<Story, S::Error> {
    let mut walker = Walker {
        source,
        acts: BTreeMap::new(),
        units: BTreeMap::new(),
        shipments: BTreeMap::new(),
        ahead: Vec::new(),
        visits: 0,
    };
    let pack = walker.pack(traced)?;
    while let Some(stay) = walker.ahead.pop() {
        walker.visit()?;
        match stay.carrier {
            Carrier::Unit(sscc) => walker.unit(sscc, &stay)?,
            Carrier::Shipment(id) => walker.shipment(id, &stay)?,
        }
    }
    Ok(Story {
        pack,
        acts: walker.acts,
        units: walker.units,
        shipments: walker.shipments,
    })
}

/// A time in a unit or shipment.
#[derive(Debug, Clone, Copy)]
struct Stay {
    carrier: Carrier,
    from: Moment,
    /// None while it lasts.
    to: Option<Moment>,
    level: u8,
}

struct Walker<'s, S> {
    source: &'s mut S,
    acts: BTreeMap<Moment, Arc<Act>>,
    units: BTreeMap<Sscc, UnitEnd>,
    shipments: BTreeMap<ShipmentId, ShipmentEnd>,
    ahead: Vec<Stay>,
    visits: u32,
}

impl<S: Source> Walker<'_, S> {
    fn visit(&mut self) -> Result<(), WalkError> {
        self.visits = self.visits.saturating_add(1);
        if self.visits > VISITS_MAX {
            return Err(WalkError::TooLong);
        }
        Ok(())
    }

    fn act(&mut self, step: &Step) -> Result<Arc<Act>, S::Error> {
        self.visit()?;
        if let Some(act) = self.acts.get(&step.moment()) {
            return Ok(Arc::clone(act));
        }
        let act = self.source.act(step)?;
        self.acts.insert(step.moment(), Arc::clone(&act));
        Ok(act)
    }

    fn pack(&mut self, traced: &Traced<'_>) -> Result<PackEnd, S::Error> {
        let location = &traced.location;
        let act = self.act(&traced.commissioned)?;
        if !is_commissioning(&act, location, &traced.key) {
            return Err(WalkError::OtherRun { id: act.id }.into());
        }
        let mut end = PackEnd {
            place: PackPlace::Account(act.account),
            status: PackStatus::Active,
            since: act.time,
            by: act.account,
        };
        let mut moved = traced.commissioned.moment();
        for step in traced.steps {
            let act = self.act(step)?;
            let effect = on_pack(&act, location).ok_or(WalkError::PackNotNamed { id: act.id })?;
            if let Some(status) = effect.status {
                (end.status, end.since, end.by) = (status, act.time, act.account);
            }
            if let Some(place) = effect.place {
                self.stay(end.place, moved, Some(step.moment()), 1)?;
                (end.place, moved) = (place, step.moment());
            }
        }
        self.stay(end.place, moved, None, 1)?;
        Ok(end)
    }

    fn stay(
        &mut self,
        place: PackPlace,
        from: Moment,
        to: Option<Moment>,
        level: u8,
    ) -> Result<(), WalkError> {
        if level > LEVELS_MAX {
            return Err(WalkError::Endless);
        }
        let carrier = match place {
            PackPlace::Account(_) => return Ok(()),
            PackPlace::Unit(sscc) => Carrier::Unit(sscc),
            PackPlace::Shipment(id) => Carrier::Shipment(id),
        };
        self.ahead.push(Stay {
            carrier,
            from,
            to,
            level,
        });
        Ok(())
    }

    fn unit(&mut self, sscc: Sscc, stay: &Stay) -> Result<(), S::Error> {
        let carrier = stay.carrier;
        let steps = self.source.steps(&carrier)?;
        let mut state: Option<(UnitState, Moment)> = None;
        for step in stay.steps(&steps)? {
            let act = self.act(step)?;
            let effect = on_unit(&act, &sscc);
            let (id, now) = (act.id, step.moment());
            if let UnitEffect::Moved(next) = effect.ok_or(WalkError::NotWritten { id, carrier })?
                && let Some((before, since)) = state.replace((next, now))
            {
                self.stay(unit_place(before), since, Some(now), stay.level + 1)?;
            }
        }
        if let Some((last, since)) = state {
            self.stay(unit_place(last), since, stay.to, stay.level + 1)?;
        }
        let end = match (stay.to, state) {
            (Some(_), _) => UnitEnd::Left,
            (None, None) => UnitEnd::Unmoved,
            (None, Some((last, _))) => UnitEnd::At(last),
        };
        let known = self.units.entry(sscc).or_insert(UnitEnd::Left);
        if stay.to.is_none() {
            *known = end;
        }
        Ok(())
    }

    fn shipment(&mut self, id: ShipmentId, stay: &Stay) -> Result<(), S::Error> {
        let carrier = stay.carrier;
        let steps = self.source.steps(&carrier)?;
        let mut end: Option<ShipmentEnd> = None;
        for step in stay.steps(&steps)? {
            let act = self.act(step)?;
            let not_written = WalkError::NotWritten {
                id: act.id,
                carrier,
            };
            match (on_shipment(&act, &id), &mut end) {
                (Some(ShipmentEffect::Opened(opening)), None) => {
                    end = Some(ShipmentEnd {
                        opening,
                        is_inside: stay.to.is_none(),
                        resolution: None,
                    });
                }
                (Some(ShipmentEffect::Resolved(to)), Some(end)) => end.resolution = Some(to),
                _ => return Err(not_written.into()),
            }
        }
        let end = end.ok_or(WalkError::NotEntered { carrier })?;
        let known = self.shipments.entry(id).or_insert(end);
        if end.is_inside {
            *known = end;
        }
        Ok(())
    }
}

impl Stay {
    /// The steps within this time; the first is what put something in.
    fn steps<'s>(&self, all: &'s [Step]) -> Result<&'s [Step], WalkError> {
        let start = all.partition_point(|step| step.moment() < self.from);
        let end = match self.to {
            None => all.len(),
            Some(to) => all.partition_point(|step| step.moment() <= to),
        };
        let within = all.get(start..end).unwrap_or_default();
        match within.first() {
            Some(first) if first.moment() == self.from => Ok(within),
            _ => Err(WalkError::NotEntered {
                carrier: self.carrier,
            }),
        }
    }
}

fn is_commissioning(act: &Act, location: &PackLocation, key: &PackKey) -> bool {
    let ActionBody::CommissionRun(run) = &act.body else {
        return false;
    };
    let position = usize::try_from(location.position);
    run.run() == location.run && position.is_ok_and(|position| run.keys.get(position) == Some(key))
}

#[cfg(test)]
mod tests;
