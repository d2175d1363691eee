//! The model's own judgement of every action.

use std::collections::BTreeSet;
use std::collections::btree_map::Entry;

use crate::action::{ActionBody, CommissionRun, Pack, Purpose, Receive, Ship, UnpackContents};
use crate::identifier::{PackLocation, ShipmentId};
use crate::pack_set::PackSet;
use crate::record::{LotName, PackStatus, Role};
use crate::state_key::StateKey;
use crate::testing::Actor;
use theriac_gs1::{CalendarDate, Sscc};

mod status;

use super::world::{
    LotLife, LotNote, Moment, PackNote, ShipmentNote, UnitNote, Where, World, step,
};

type Verdict = Result<(), &'static str>;

fn ensure(condition: bool, otherwise: &'static str) -> Verdict {
    if condition { Ok(()) } else { Err(otherwise) }
}

const DAY: u64 = 86_400_000;

/// Both premises of the distributor are one organisation.
fn house(actor: Actor) -> Actor {
    if actor == Actor::DistributorBranch {
        Actor::Distributor
    } else {
        actor
    }
}

fn holds_medicine(actor: Actor) -> bool {
    actor != Actor::Regulator
}

pub(super) fn named(sets: &[PackSet]) -> Vec<PackLocation> {
    let mut packs = Vec::new();
    for set in sets {
        for range in &set.ranges {
            packs.extend(
                (range.first..range.first + range.count).map(|position| PackLocation {
                    run: set.run,
                    position,
                }),
            );
        }
    }
    packs
}

fn lot_of(pack: &PackLocation) -> LotName {
    LotName {
        gtin: pack.run.gtin,
        lot: pack.run.lot,
    }
}

impl World {
    /// Judges and, if it agrees, carries out: the world that follows.
    pub(super) fn attempt(
        &self,
        actor: Actor,
        body: &ActionBody,
        now: &Moment,
    ) -> Result<Self, &'static str> {
        self.admit(actor, body)?;
        let mut next = self.clone();
        next.carry_out(actor, body, now)?;
        Ok(next)
    }

    fn admit(&self, actor: Actor, body: &ActionBody) -> Verdict {
        ensure(!self.closed.contains(&actor), "closed")?;
        if !self.suspended.contains(&house(actor)) {
            return Ok(());
        }
        let left = match body {
            ActionBody::Ship(ship) => {
                ship.purpose == Purpose::Return || ship.purpose == Purpose::Destruction
            }
            ActionBody::CancelShipment(_)
            | ActionBody::Reject(_)
            | ActionBody::Unpack(_)
            | ActionBody::Lock(_)
            | ActionBody::Decommission(_) => true,
            _ => false,
        };
        ensure(left, "suspended")
    }

    pub(super) fn carry_out(&mut self, actor: Actor, body: &ActionBody, now: &Moment) -> Verdict {
        match body {
            ActionBody::RegisterProduct(action) => {
                ensure(actor.role() == Role::Manufacturer, "role")?;
                ensure(!self.products.contains_key(&action.gtin), "registered")?;
                let prefix = actor.prefix().ok_or("prefix")?;
                ensure(action.gtin.as_str()[1..].starts_with(prefix), "prefix")?;
                self.products.insert(action.gtin, house(actor));
                self.touch(StateKey::product(&action.gtin), now);
                Ok(())
            }
            ActionBody::CommissionRun(action) => self.commission(actor, action, now),
            ActionBody::CloseLot(action) => {
                let name = LotName {
                    gtin: action.gtin,
                    lot: action.lot,
                };
                let lot = self.lots.get_mut(&name).ok_or("lot")?;
                ensure(lot.maker == house(actor), "maker")?;
                ensure(lot.life == LotLife::Open, "not open")?;
                lot.life = LotLife::Closed;
                self.touch(StateKey::lot(&name.gtin, &name.lot), now);
                Ok(())
            }
            ActionBody::RecallLot(action) => {
                let name = LotName {
                    gtin: action.gtin,
                    lot: action.lot,
                };
                let lot = self.lots.get_mut(&name).ok_or("lot")?;
                ensure(
                    lot.maker == house(actor) || actor == Actor::Regulator,
                    "maker",
                )?;
                ensure(lot.life != LotLife::Recalled, "recalled")?;
                lot.life = LotLife::Recalled;
                self.touch(StateKey::lot(&name.gtin, &name.lot), now);
                Ok(())
            }
            ActionBody::Pack(action) => self.pack(actor, action, now),
            ActionBody::Unpack(action) => self.unpack(actor, action.sscc, &action.contents, now),
            ActionBody::Ship(action) => self.ship(actor, action, now),
            ActionBody::CancelShipment(action) => {
                let sender = self.open(action.shipment)?.from;
                ensure(sender == actor, "not the sender")?;
                self.end(action.shipment, actor, now);
                Ok(())
            }
            ActionBody::Reject(action) => {
                let shipment = self.open(action.shipment)?;
                let (from, to) = (shipment.from, shipment.to);
                ensure(to == actor, "not the addressee")?;
                self.end(action.shipment, from, now);
                Ok(())
            }
            ActionBody::Receive(action) => self.receive(actor, action, now),
            ActionBody::AnchorDigest(_) => Ok(()),
            status => self.change_status(actor, status, now),
        }
    }

    fn commission(&mut self, actor: Actor, action: &CommissionRun, now: &Moment) -> Verdict {
        ensure(actor.role() == Role::Manufacturer, "role")?;
        ensure(
            self.products.get(&action.gtin) == Some(&house(actor)),
            "product",
        )?;
        ensure(!over(action.expiry, now.time), "past")?;
        ensure(action.manufactured <= action.expiry, "dates")?;
        let name = LotName {
            gtin: action.gtin,
            lot: action.lot,
        };
        let lot = self.lots.entry(name).or_insert(LotNote {
            maker: house(actor),
            expiry: action.expiry,
            made: action.manufactured,
            life: LotLife::Open,
            runs: 0,
        });
        ensure(lot.life == LotLife::Open, "lot not open")?;
        ensure(
            lot.expiry == action.expiry && lot.made == action.manufactured,
            "dates",
        )?;
        ensure(lot.runs == action.number && lot.runs < 64, "number")?;
        lot.runs += 1;
        ensure(!action.keys.is_empty(), "empty")?;
        for key in &action.keys {
            ensure(self.serials.insert(*key), "serial")?;
        }
        self.touch(StateKey::lot(&name.gtin, &name.lot), now);
        let run = action.run();
        let history = self.touch(StateKey::run(&run), now);
        for position in 0..u32::try_from(action.keys.len()).unwrap() {
            let note = PackNote {
                status: PackStatus::Active,
                since: now.time,
                by: actor,
                at: Where::With(actor),
                history,
            };
            self.packs.insert(PackLocation { run, position }, note);
        }
        Ok(())
    }

    fn pack(&mut self, actor: Actor, action: &Pack, now: &Moment) -> Verdict {
        let sscc = action.sscc;
        let packs = named(&action.packs);
        ensure(!packs.is_empty() || !action.units.is_empty(), "nothing")?;
        ensure(!action.units.contains(&sscc), "itself")?;
        if let Entry::Vacant(free) = self.units.entry(sscc) {
            let prefix = actor.prefix().ok_or("prefix")?;
            ensure(sscc.as_str()[1..].starts_with(prefix), "prefix")?;
            free.insert(UnitNote {
                at: Some(Where::With(actor)),
                depth: 1,
                lots: BTreeSet::new(),
            });
        }
        self.unit_in_hand(actor, sscc)?;
        let mut lots: BTreeSet<LotName> = packs.iter().map(lot_of).collect();
        for pack in &packs {
            let note = *self.packs.get(pack).ok_or("pack")?;
            ensure(note.at == Where::With(actor), "not in hand")?;
            ensure(exists(note.status), "nobody has it")?;
            self.put_pack(*pack, Where::In(sscc), now);
        }
        let mut depth = self.units[&sscc].depth;
        for child in &action.units {
            self.unit_in_hand(actor, *child)?;
            lots.extend(&self.units[child].lots);
            depth = depth.max(self.units[child].depth + 1);
            self.put_unit(*child, Where::In(sscc), now);
        }
        ensure(depth <= 5, "depth")?;
        let unit = self.units.get_mut(&sscc).unwrap();
        unit.depth = depth;
        unit.lots.extend(lots);
        ensure(unit.lots.len() <= 256, "lots")?;
        self.touch(StateKey::unit(&sscc), now);
        Ok(())
    }

    fn unpack(
        &mut self,
        actor: Actor,
        sscc: Sscc,
        contents: &UnpackContents,
        now: &Moment,
    ) -> Verdict {
        self.unit_in_hand(actor, sscc)?;
        match contents {
            UnpackContents::All => {
                self.move_all(Where::In(sscc), Where::With(actor));
                self.units.get_mut(&sscc).unwrap().at = None;
                self.touch(StateKey::unit(&sscc), now);
            }
            UnpackContents::Some { packs, units } => {
                let packs = named(packs);
                ensure(!packs.is_empty() || !units.is_empty(), "nothing")?;
                for pack in packs {
                    let note = self.packs.get(&pack).ok_or("pack")?;
                    ensure(note.at == Where::In(sscc), "not inside")?;
                    self.put_pack(pack, Where::With(actor), now);
                }
                for unit in units {
                    let note = self.units.get(unit).ok_or("unit")?;
                    ensure(note.at == Some(Where::In(sscc)), "not inside")?;
                    self.put_unit(*unit, Where::With(actor), now);
                }
            }
        }
        Ok(())
    }

    fn ship(&mut self, actor: Actor, action: &Ship, now: &Moment) -> Verdict {
        let packs = named(&action.packs);
        ensure(!packs.is_empty() || !action.units.is_empty(), "nothing")?;
        let to = self.addressee(actor, action)?;
        let id = ShipmentId(now.id.0);
        for pack in packs {
            let note = *self.packs.get(&pack).ok_or("pack")?;
            ensure(note.at == Where::With(actor), "not in hand")?;
            match action.purpose {
                Purpose::Supply => {
                    ensure(note.status == PackStatus::Active, "status")?;
                    self.suppliable(actor, &lot_of(&pack), now)?;
                }
                Purpose::Return => {
                    let fits = [PackStatus::Active, PackStatus::Locked, PackStatus::Damaged];
                    ensure(fits.contains(&note.status), "status")?;
                }
                Purpose::Destruction => ensure(exists(note.status), "status")?,
            }
            self.put_pack(pack, Where::On(id), now);
        }
        for unit in &action.units {
            self.unit_in_hand(actor, *unit)?;
            if action.purpose == Purpose::Supply {
                for lot in self.units[unit].lots.clone() {
                    self.suppliable(actor, &lot, now)?;
                }
            }
            self.put_unit(*unit, Where::On(id), now);
        }
        let purpose = action.purpose;
        let note = ShipmentNote {
            from: actor,
            to,
            purpose,
            open: true,
        };
        self.shipments.insert(id, note);
        self.touch(StateKey::shipment(&id), now);
        Ok(())
    }

    fn addressee(&self, actor: Actor, action: &Ship) -> Result<Actor, &'static str> {
        let to = Actor::ALL
            .into_iter()
            .find(|to| self.accounts[to] == action.to)
            .ok_or("addressee")?;
        ensure(to != actor, "self")?;
        ensure(!self.closed.contains(&to), "closed addressee")?;
        ensure(!self.suspended.contains(&house(to)), "suspended addressee")?;
        match action.purpose {
            Purpose::Destruction => ensure(to == Actor::Disposal, "role")?,
            Purpose::Supply | Purpose::Return => ensure(holds_medicine(to), "role")?,
        }
        Ok(to)
    }

    fn receive(&mut self, actor: Actor, action: &Receive, now: &Moment) -> Verdict {
        let shipment = self.open(action.shipment)?.clone();
        ensure(shipment.to == actor, "not the addressee")?;
        let mut packs = Vec::new();
        let mut units = Vec::new();
        for exception in &action.except {
            packs.extend(named(&exception.packs));
            units.extend(exception.units.iter().copied());
        }
        for pack in &packs {
            let note = self.packs.get(pack).ok_or("pack")?;
            ensure(
                self.grip(note.at).travels == Some(action.shipment),
                "not inside",
            )?;
        }
        for unit in &units {
            let at = self
                .units
                .get(unit)
                .and_then(|note| note.at)
                .ok_or("unit")?;
            ensure(self.grip(at).travels == Some(action.shipment), "not inside")?;
        }
        let distinct: BTreeSet<_> = packs.iter().collect();
        ensure(distinct.len() == packs.len(), "twice")?;
        let distinct: BTreeSet<_> = units.iter().collect();
        ensure(distinct.len() == units.len(), "twice")?;
        if !packs.is_empty() || !units.is_empty() {
            let rest = ShipmentId(theriac_crypto::digest("rest", &now.id.0.0));
            self.shipments.insert(rest, shipment);
            self.touch(StateKey::shipment(&rest), now);
            for pack in packs {
                self.put_pack(pack, Where::On(rest), now);
            }
            for unit in units {
                self.put_unit(unit, Where::On(rest), now);
            }
        }
        self.end(action.shipment, actor, now);
        Ok(())
    }

    fn unit_in_hand(&self, actor: Actor, sscc: Sscc) -> Verdict {
        let note = self.units.get(&sscc).ok_or("unit")?;
        ensure(note.at == Some(Where::With(actor)), "not in hand")
    }

    fn open(&self, id: ShipmentId) -> Result<&ShipmentNote, &'static str> {
        self.shipments
            .get(&id)
            .filter(|note| note.open)
            .ok_or("shipment")
    }

    fn end(&mut self, id: ShipmentId, holder: Actor, now: &Moment) {
        self.move_all(Where::On(id), Where::With(holder));
        self.shipments.get_mut(&id).unwrap().open = false;
        self.touch(StateKey::shipment(&id), now);
    }

    fn put_pack(&mut self, pack: PackLocation, at: Where, now: &Moment) {
        let note = self.packs.get_mut(&pack).unwrap();
        note.at = at;
        note.history = step(note.history, now);
    }

    fn put_unit(&mut self, sscc: Sscc, at: Where, now: &Moment) {
        self.units.get_mut(&sscc).unwrap().at = Some(at);
        self.touch(StateKey::unit(&sscc), now);
    }
}

fn exists(status: PackStatus) -> bool {
    use PackStatus::{Destroyed, Exported, Missing, Stolen};
    ![Destroyed, Exported, Stolen, Missing].contains(&status)
}

fn over(day: CalendarDate, time: u64) -> bool {
    i64::try_from(time / DAY).unwrap() > day.days_since_epoch()
}
