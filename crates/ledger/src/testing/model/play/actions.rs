//! Actions that are mostly legal in the world as it is.

use crate::action::{
    ActionBody, AnchorDigest, AnchorKind, CancelShipment, CloseLot, Decommission,
    DecommissionReason, Dispense, Lock, LockReason, Pack, Purpose, Reactivate, ReactivateReason,
    RecallClass, RecallLot, Receive, ReceiveException, ReceiveExceptionReason, Reject,
    RejectReason, Ship, Unlock, Unpack, UnpackContents,
};
use crate::encoding::BoundedList;
use crate::identifier::{PackLocation, ShipmentId};
use crate::pack_set::{PackRange, PackSet, PackSets};
use crate::record::PackStatus;
use crate::testing::{Actor, date, gtin, pack_keys, packs, product, sscc};
use theriac_gs1::Sscc;

use super::super::world::{PackNote, Where, World};
use super::{Dice, Play, product_of};

const PREFIXES: [&str; 4] = ["9506000", "9506001", "9506002", "9506003"];
const UNITS: u32 = 16;

impl Play {
    pub(super) fn any_commission(&mut self, dice: &mut Dice) {
        let actor = [Actor::Maker, Actor::OtherMaker][dice.below(2)];
        if dice.below(4) == 0 {
            let item = u32::try_from(dice.below(3)).unwrap();
            let body = product(gtin(actor.prefix().unwrap(), item));
            return self.attempt(actor, &body.into());
        }
        let lot = ["SHORT", "LONG", "THIRD"][dice.below(3)];
        let count = u32::try_from(1 + dice.below(4)).unwrap();
        let mut body = self.run(actor, product_of(actor), lot, count);
        let mut signer = actor;
        if dice.wild {
            match dice.below(6) {
                0 => body.number += 1,
                1 => body.expiry = date("2027-12-30"),
                2 => {
                    let keys = pack_keys(&product_of(actor), 0, 3);
                    body.keys = BoundedList::new(keys).unwrap();
                }
                3 => {
                    let key = body.keys[0];
                    body.keys = BoundedList::new(vec![key, key]).unwrap();
                }
                4 => signer = Actor::ALL[dice.below(8)],
                _ if actor == Actor::Maker => signer = Actor::OtherMaker,
                _ => signer = Actor::Maker,
            }
        }
        self.attempt(signer, &body.into());
    }

    pub(super) fn any_lot_action(&mut self, dice: &mut Dice) {
        let lots: Vec<_> = self.world.lots.keys().copied().collect();
        let Some(name) = dice.of(&lots) else { return };
        let maker = self.world.lots[&name].maker;
        let (gtin, lot) = (name.gtin, name.lot);
        let recall = RecallLot {
            gtin,
            lot,
            class: RecallClass::One,
            notice: theriac_crypto::digest("notice", b""),
        };
        let actor = if dice.wild {
            Actor::ALL[dice.below(8)]
        } else {
            maker
        };
        match dice.below(12) {
            0 | 1 => self.attempt(actor, &CloseLot { gtin, lot }.into()),
            2 => self.attempt(actor, &recall.into()),
            3 => self.attempt(Actor::Regulator, &recall.into()),
            _ => {}
        }
    }

    pub(super) fn any_action(&mut self, kind: u8, dice: &mut Dice) -> Option<(Actor, ActionBody)> {
        match kind {
            4..=8 => self.any_pack(dice),
            9..=10 => self.any_unpack(dice),
            11..=16 => self.any_ship(dice),
            17..=23 => self.any_end(dice),
            24..=28 => {
                let (actor, packs) = self.choose(dice, |world, note| {
                    let grip = world.grip(note.at);
                    let actor = grip
                        .travels
                        .map_or(grip.holder, |id| world.shipments[&id].to);
                    let pharmacy = matches!(actor, Actor::Pharmacy | Actor::OtherPharmacy);
                    (pharmacy && note.status == PackStatus::Active).then_some(actor)
                })?;
                Some((actor, Dispense { packs }.into()))
            }
            29..=31 => self.any_reactivate(dice),
            32..=33 => {
                let wild = dice.wild;
                let (actor, packs) = self.choose(dice, |world, note| {
                    let fits = (note.status == PackStatus::Active) != wild;
                    fits.then(|| world.grip(note.at).holder)
                })?;
                let actor = if dice.below(4) == 0 {
                    Actor::Regulator
                } else {
                    actor
                };
                let reason = LockReason::Suspect;
                Some((actor, Lock { packs, reason }.into()))
            }
            34..=35 => {
                // Where there is one that another has sent on, its lock is the one to try.
                let (actor, packs) = self
                    .choose(dice, |world, note| {
                        let grip = world.grip(note.at);
                        let sent_on = grip.travels.is_some() && grip.holder != note.by;
                        (note.status == PackStatus::Locked && sent_on).then_some(note.by)
                    })
                    .or_else(|| {
                        self.choose(dice, |_, note| {
                            (note.status == PackStatus::Locked).then_some(note.by)
                        })
                    })?;
                Some((actor, Unlock { packs }.into()))
            }
            36..=38 => self.any_decommission(dice),
            _ => {
                let kind = AnchorKind::Document;
                let digest = theriac_crypto::digest("document", b"");
                Some((
                    Actor::ALL[dice.below(8)],
                    AnchorDigest { kind, digest }.into(),
                ))
            }
        }
    }

    fn any_reactivate(&mut self, dice: &mut Dice) -> Option<(Actor, ActionBody)> {
        let reason = match dice.below(3) {
            0 => ReactivateReason::Found,
            _ => ReactivateReason::NotDispensed,
        };
        let wanted = match reason {
            ReactivateReason::Found => PackStatus::Missing,
            ReactivateReason::NotDispensed => PackStatus::Dispensed,
        };
        let wild = dice.wild;
        let (actor, packs) = self.choose(dice, |_, note| {
            let fits = if wild {
                matches!(note.status, PackStatus::Missing | PackStatus::Dispensed)
            } else {
                note.status == wanted
            };
            fits.then_some(note.by)
        })?;
        Some((actor, Reactivate { packs, reason }.into()))
    }

    fn any_decommission(&mut self, dice: &mut Dice) -> Option<(Actor, ActionBody)> {
        use DecommissionReason::{Damaged, Destroyed, Exported, Missing, Sample, Stolen};
        let reasons = [
            Destroyed, Exported, Stolen, Missing, Missing, Damaged, Damaged,
        ];
        let mut reason = reasons[dice.below(reasons.len())];
        if dice.wild && dice.below(4) == 0 {
            reason = Sample;
        }
        let (actor, packs) = self.choose(dice, |world, note| {
            let from_hand = matches!(note.status, PackStatus::Active | PackStatus::Locked);
            let from_report = reason == Destroyed
                && matches!(
                    note.status,
                    PackStatus::Missing | PackStatus::Stolen | PackStatus::Damaged
                );
            (from_hand || from_report).then(|| world.grip(note.at).holder)
        })?;
        Some((actor, Decommission { packs, reason }.into()))
    }

    fn any_pack(&mut self, dice: &mut Dice) -> Option<(Actor, ActionBody)> {
        let (actor, mut packs) = self.choose(dice, |_, note| match note.at {
            Where::With(actor) if note.status == PackStatus::Active => Some(actor),
            _ => None,
        })?;
        let (mut own, mut other) = self.units_of(actor);
        if !dice.wild {
            other.clear();
        }
        let target = if dice.below(3) == 0 || actor.prefix().is_none() {
            dice.of(&own).or_else(|| dice.of(&other))
        } else {
            None
        };
        let prefix = if dice.wild {
            PREFIXES[dice.below(4)]
        } else {
            actor.prefix().unwrap_or(PREFIXES[3])
        };
        let fresh = sscc(prefix, u32::try_from(dice.below(UNITS as usize)).unwrap());
        let target = target.unwrap_or(fresh);
        if dice.below(4) == 0 && !self.world.units.contains_key(&fresh) {
            let deepest = own.iter().max_by_key(|unit| self.world.units[*unit].depth);
            if let Some(deepest) = deepest {
                let units = sorted(vec![*deepest]);
                let packs = BoundedList::empty();
                return Some((
                    actor,
                    Pack {
                        sscc: fresh,
                        packs,
                        units,
                    }
                    .into(),
                ));
            }
        }
        let itself = dice.wild && dice.below(6) == 0;
        own.retain(|unit| *unit != target);
        own.extend(other);
        let mut units = Vec::new();
        // One in two goes into another, so that nests grow.
        if dice.below(2) == 0 {
            units.extend(dice.of(&own));
            units.extend(dice.of(&own));
            if dice.below(2) == 0 && !units.is_empty() {
                packs = BoundedList::empty();
            }
        }
        if itself {
            units.push(target);
        }
        let units = sorted(units);
        let sscc = target;
        Some((actor, Pack { sscc, packs, units }.into()))
    }

    /// Units that an actor has in hand, and the others.
    fn units_of(&self, actor: Actor) -> (Vec<Sscc>, Vec<Sscc>) {
        self.world
            .units
            .keys()
            .partition(|sscc| self.world.units[*sscc].at == Some(Where::With(actor)))
    }

    fn any_unpack(&mut self, dice: &mut Dice) -> Option<(Actor, ActionBody)> {
        let units: Vec<Sscc> = self.world.units.keys().copied().collect();
        let in_hand: Vec<Sscc> = units
            .iter()
            .copied()
            .filter(|sscc| matches!(self.world.units[sscc].at, Some(Where::With(_))))
            .collect();
        if dice.wild && dice.below(8) == 0 {
            let (sscc, contents) = (sscc(PREFIXES[0], 999), UnpackContents::All);
            return Some((Actor::Maker, Unpack { sscc, contents }.into()));
        }
        let sscc = if dice.wild {
            dice.of(&units)?
        } else {
            dice.of(&in_hand)?
        };
        let actor = match self.world.units[&sscc].at {
            Some(at) if !dice.wild || dice.below(2) == 0 => self.world.grip(at).holder,
            _ => Actor::ALL[dice.below(8)],
        };
        if dice.below(3) == 0 {
            let contents = UnpackContents::All;
            return Some((actor, Unpack { sscc, contents }.into()));
        }
        let packs = self
            .choose(dice, |_, note| {
                (note.at == Where::In(sscc)).then_some(actor)
            })
            .map_or(BoundedList::empty(), |(_, packs)| packs);
        let inside: Vec<Sscc> = units
            .iter()
            .copied()
            .filter(|unit| self.world.units[unit].at == Some(Where::In(sscc)))
            .collect();
        let from = if dice.wild { &units } else { &inside };
        let units = sorted(
            dice.of(from)
                .into_iter()
                .filter(|unit| *unit != sscc)
                .collect(),
        );
        let contents = UnpackContents::Some { packs, units };
        Some((actor, Unpack { sscc, contents }.into()))
    }

    fn any_ship(&mut self, dice: &mut Dice) -> Option<(Actor, ActionBody)> {
        use Purpose::{Destruction, Return, Supply};
        let purpose = [Supply, Supply, Supply, Supply, Return, Destruction][dice.below(6)];
        let locked_by_another = |note: &PackNote| match note.at {
            Where::With(actor) if note.status == PackStatus::Locked && note.by != actor => {
                Some(actor)
            }
            _ => None,
        };
        // A locked pack that goes on is rare; it is what tells who may unlock it.
        let sent_on = match purpose {
            Return => self.choose(dice, |_, note| locked_by_another(note)),
            _ => None,
        };
        let any = |dice: &mut Dice| {
            self.choose(dice, |_, note| match (note.at, note.status) {
                (Where::With(actor), PackStatus::Active) => Some(actor),
                (Where::With(actor), PackStatus::Locked | PackStatus::Damaged)
                    if purpose != Supply =>
                {
                    Some(actor)
                }
                (Where::With(actor), PackStatus::Dispensed) if purpose == Destruction => {
                    Some(actor)
                }
                _ => None,
            })
        };
        let (actor, mut packs) = sent_on.or_else(|| any(dice))?;
        let (own, other) = self.units_of(actor);
        let from = if dice.wild { other } else { own };
        let mut units = Vec::new();
        if dice.below(2) == 0 {
            units.extend(dice.of(&from));
            if dice.below(2) == 0 && !units.is_empty() {
                packs = BoundedList::empty();
            }
        }
        let to = match purpose {
            _ if dice.wild => Actor::ALL[dice.below(8)],
            Destruction => Actor::Disposal,
            _ => [
                Actor::Distributor,
                Actor::Distributor,
                Actor::DistributorBranch,
                Actor::Pharmacy,
                Actor::Pharmacy,
                Actor::OtherPharmacy,
                Actor::Maker,
            ][dice.below(7)],
        };
        let to = self.world.accounts[&to];
        let units = sorted(units);
        Some((
            actor,
            Ship {
                to,
                purpose,
                packs,
                units,
            }
            .into(),
        ))
    }

    /// Receive, reject or cancel.
    fn any_end(&mut self, dice: &mut Dice) -> Option<(Actor, ActionBody)> {
        let open: Vec<ShipmentId> = self
            .world
            .shipments
            .iter()
            .filter(|(_, note)| dice.wild || note.open)
            .map(|(id, _)| *id)
            .collect();
        let mut shipment = dice.of(&open)?;
        let note = self.world.shipments[&shipment].clone();
        let any = Actor::ALL[dice.below(8)];
        let pick = |right: Actor, dice: &mut Dice| {
            if dice.wild && dice.below(2) == 0 {
                any
            } else {
                right
            }
        };
        if dice.wild && dice.below(12) == 0 {
            shipment = ShipmentId(theriac_crypto::digest("nowhere", b""));
        }
        match dice.below(8) {
            0 => {
                let reason = RejectReason::NotOrdered;
                Some((pick(note.to, dice), Reject { shipment, reason }.into()))
            }
            1 => Some((pick(note.from, dice), CancelShipment { shipment }.into())),
            2..=4 => {
                let except = self.exceptions(shipment, note.to, dice);
                Some((pick(note.to, dice), Receive { shipment, except }.into()))
            }
            _ => {
                let except = BoundedList::empty();
                Some((pick(note.to, dice), Receive { shipment, except }.into()))
            }
        }
    }

    fn exceptions<const MAX: usize>(
        &mut self,
        shipment: ShipmentId,
        to: Actor,
        dice: &mut Dice,
    ) -> BoundedList<ReceiveException, MAX> {
        let inside = |world: &World, at: Where| world.grip(at).travels == Some(shipment);
        let mut except = Vec::new();
        if let Some((_, packs)) =
            self.choose(dice, |world, note| inside(world, note.at).then_some(to))
        {
            except.push(ReceiveException {
                packs,
                units: BoundedList::empty(),
                reason: ReceiveExceptionReason::Short,
            });
        }
        let units: Vec<Sscc> = self
            .world
            .units
            .iter()
            .filter(|(_, note)| note.at.is_some_and(|at| inside(&self.world, at)))
            .map(|(sscc, _)| *sscc)
            .collect();
        if let Some(unit) = dice.of(&units) {
            except.push(ReceiveException {
                packs: BoundedList::empty(),
                units: sorted(vec![unit]),
                reason: ReceiveExceptionReason::Damaged,
            });
        }
        BoundedList::new(except).unwrap()
    }

    /// Packs for which `actor_of` names the same actor, mostly neighbours; anything when wild.
    fn choose(
        &self,
        dice: &mut Dice,
        actor_of: impl Fn(&World, &PackNote) -> Option<Actor>,
    ) -> Option<(Actor, PackSets)> {
        let packs = &self.world.packs;
        let fits: Vec<(PackLocation, Actor)> = packs
            .iter()
            .filter_map(|(location, note)| Some((*location, actor_of(&self.world, note)?)))
            .collect();
        let (first, actor) = if dice.wild && dice.below(2) == 0 {
            let all: Vec<PackLocation> = packs.keys().copied().collect();
            (dice.of(&all)?, Actor::ALL[dice.below(8)])
        } else {
            dice.of(&fits)?
        };
        let actor = if dice.wild && dice.below(3) == 0 {
            Actor::ALL[dice.below(8)]
        } else {
            actor
        };
        let reach = [1, 1, 2, 4, 9, 200][dice.below(6)];
        let mut count = 1;
        while count < reach {
            let next = PackLocation {
                run: first.run,
                position: first.position + count,
            };
            let same = |note: &PackNote| actor_of(&self.world, note) == Some(actor);
            if !packs.get(&next).is_some_and(|note| dice.wild || same(note)) {
                break;
            }
            count += 1;
        }
        let mut sets = vec![PackSet {
            run: first.run,
            ranges: BoundedList::new(vec![PackRange {
                first: first.position,
                count,
            }])
            .unwrap(),
        }];
        let others: Vec<PackLocation> = fits
            .iter()
            .filter(|(location, other)| location.run != first.run && *other == actor)
            .map(|(location, _)| *location)
            .collect();
        if dice.below(4) == 0 {
            let second = dice.of(&others);
            let set = second.map(packs_of);
            sets.extend(set);
        }
        sets.sort_by_key(|set| set.run);
        Some((actor, BoundedList::new(sets).unwrap()))
    }
}

fn packs_of(pack: PackLocation) -> PackSet {
    packs(pack.run, &[(pack.position, 1)])[0].clone()
}

fn sorted<const MAX: usize>(mut units: Vec<Sscc>) -> BoundedList<Sscc, MAX> {
    units.sort_unstable();
    units.dedup();
    BoundedList::new(units).unwrap()
}
