//! Changes of status.

use crate::action::{ActionBody, DecommissionReason, ReactivateReason};
use crate::identifier::PackLocation;
use crate::record::{LotName, PackStatus, Role};
use crate::testing::Actor;

use super::super::world::{LotLife, Moment, PackNote, Where, World, step};
use super::{DAY, Verdict, ensure, lot_of, named, over};

impl World {
    pub(super) fn change_status(
        &mut self,
        actor: Actor,
        body: &ActionBody,
        now: &Moment,
    ) -> Verdict {
        let sets = match body {
            ActionBody::Dispense(action) => &action.packs,
            ActionBody::Reactivate(action) => &action.packs,
            ActionBody::Lock(action) => &action.packs,
            ActionBody::Unlock(action) => &action.packs,
            ActionBody::Decommission(action) => &action.packs,
            _ => return Err("no status action"),
        };
        let packs = named(sets);
        ensure(!packs.is_empty(), "nothing")?;
        for pack in packs {
            let note = *self.packs.get(&pack).ok_or("pack")?;
            let (status, moves) = self.next_status(actor, body, &pack, &note, now)?;
            let note = self.packs.get_mut(&pack).unwrap();
            note.status = status;
            note.since = now.time;
            note.by = actor;
            if moves {
                note.at = Where::With(actor);
            }
            note.history = step(note.history, now);
        }
        Ok(())
    }

    /// The new status, and whether the pack goes to the signer's hands.
    fn next_status(
        &self,
        actor: Actor,
        body: &ActionBody,
        pack: &PackLocation,
        note: &PackNote,
        now: &Moment,
    ) -> Result<(PackStatus, bool), &'static str> {
        let grip = self.grip(note.at);
        let mine = grip.holder == actor;
        match body {
            ActionBody::Dispense(_) => {
                ensure(actor.role() == Role::Pharmacy, "role")?;
                ensure(note.status == PackStatus::Active, "status")?;
                self.suppliable(actor, &lot_of(pack), now)?;
                match grip.travels {
                    Some(id) => ensure(self.shipments[&id].to == actor, "not addressed")?,
                    None => ensure(mine, "not mine")?,
                }
                Ok((PackStatus::Dispensed, true))
            }
            ActionBody::Reactivate(action) => {
                match (note.status, action.reason) {
                    (PackStatus::Dispensed, ReactivateReason::NotDispensed) => {
                        ensure(now.time - note.since <= 10 * DAY, "late")?;
                        self.suppliable(actor, &lot_of(pack), now)?;
                    }
                    (PackStatus::Missing, ReactivateReason::Found) => {}
                    _ => return Err("status"),
                }
                ensure(note.by == actor, "other")?;
                ensure(mine && grip.travels.is_none(), "not mine")?;
                Ok((PackStatus::Active, true))
            }
            ActionBody::Lock(_) => {
                ensure(mine || actor == Actor::Regulator, "not mine")?;
                ensure(note.status == PackStatus::Active, "status")?;
                Ok((PackStatus::Locked, false))
            }
            ActionBody::Unlock(_) => {
                ensure(note.status == PackStatus::Locked, "status")?;
                ensure(note.by == actor || actor == Actor::Regulator, "other")?;
                let away = grip.travels.is_some() && !mine;
                ensure(!away || actor == Actor::Regulator, "on the road")?;
                Ok((PackStatus::Active, false))
            }
            ActionBody::Decommission(action) => {
                ensure(mine, "not mine")?;
                let next = match action.reason {
                    DecommissionReason::Destroyed => PackStatus::Destroyed,
                    DecommissionReason::Exported => PackStatus::Exported,
                    DecommissionReason::Stolen => PackStatus::Stolen,
                    DecommissionReason::Missing => PackStatus::Missing,
                    DecommissionReason::Damaged => PackStatus::Damaged,
                    _ => return Err("reserved"),
                };
                let allowed = match note.status {
                    PackStatus::Active | PackStatus::Locked => true,
                    PackStatus::Missing | PackStatus::Stolen | PackStatus::Damaged => {
                        next == PackStatus::Destroyed
                    }
                    _ => false,
                };
                ensure(allowed, "status")?;
                Ok((next, true))
            }
            _ => Err("no status action"),
        }
    }

    pub(super) fn suppliable(&self, actor: Actor, lot: &LotName, now: &Moment) -> Verdict {
        let note = &self.lots[lot];
        ensure(note.life != LotLife::Recalled, "recalled")?;
        ensure(!over(note.expiry, now.time), "expired")?;
        ensure(
            !self.withdrawn.contains(&(lot.gtin, actor.country())),
            "withdrawn",
        )
    }
}
