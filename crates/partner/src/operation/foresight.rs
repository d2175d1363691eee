//! What the ledger would say to a plan, as far as the read model goes: of packs that are supplied, packed, sent or taken
//! out of stock, and of units, who holds them, and whether their status, batch or number stands against it.
//!
//! Dry runs ask it. A request is judged by the ledger alone: what it builds on may still wait to be sent, and while
//! anything does, nothing is foreseen.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use theriac_gs1::{CompanyPrefix, Sscc};
use theriac_http::problem::{Problem, ProblemCode, RowError};
use theriac_ledger::action::{ActionBody, Purpose, UnpackContents};
use theriac_ledger::identifier::{AccountId, PackLocation, RunId, Timestamp};
use theriac_ledger::pack_set::{PackSet, PackSets};
use theriac_ledger::record::{LotState, PackStatus, UnitState};
use theriac_ledger::rejection::{PackRejection, Rejection, SupplyBlock, UnitRejection};
use theriac_records::pack_range::intersect;
use theriac_records::repository::intents::count_open;
use theriac_records::repository::lots::{LotRecord, find_lot};
use theriac_records::repository::packs::{PackRecord, SpanRecord, find_pack, list_spans};
use theriac_records::repository::units::{UnitRecord, find_unit};

use super::{Desk, Plan, storage_problem};

/// What is done with packs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Dispense,
    Decommission,
    Pack,
    Ship(Purpose),
}

/// Refuses a plan that the ledger would refuse, as it would. Steps that build on others are passed over: what they
/// find is not there yet.
///
/// # Errors
///
/// The first refusal as a problem that names all of them.
pub(crate) async fn foresee(desk: &Desk, plan: &Plan) -> Result<(), Problem> {
    let mut foresight = Foresight::new(desk);
    if is_waiting(desk).await? {
        return Ok(());
    }
    for (index, planned) in plan.actions.iter().enumerate() {
        if planned.after.is_none() && planned.also_after.is_empty() {
            foresight.at = format!("actions[{index}]");
            foresight.look_at(&planned.body).await?;
        }
    }
    foresight.finish()
}

/// Refuses a unit into which nothing can be put: for who takes things out of another one first, and would find them
/// taken out and nothing more.
///
/// # Errors
///
/// The refusal as a problem.
pub(super) async fn check_target(desk: &Desk, sscc: Sscc) -> Result<(), Problem> {
    let mut foresight = Foresight::new(desk);
    if is_waiting(desk).await? {
        return Ok(());
    }
    foresight.target(sscc).await?;
    foresight.finish()
}

/// What keeps a lot out of supply.
pub(crate) fn supply_block(lot: &LotRecord, now: Timestamp) -> Option<SupplyBlock> {
    let expiry = lot.expiry;
    if matches!(lot.state, LotState::Recalled { .. }) {
        return Some(SupplyBlock::Recalled);
    }
    let is_past = now.days_since_epoch() > expiry.days_since_epoch();
    is_past.then_some(SupplyBlock::Expired { expiry })
}

/// Whether requests wait to be sent: things may be what they make of them.
async fn is_waiting(desk: &Desk) -> Result<bool, Problem> {
    let open = count_open(&desk.database).await;
    Ok(open.map_err(|error| storage_problem(&error))? > 0)
}

struct Foresight<'d> {
    desk: &'d Desk,
    /// The action that is looked at.
    at: String,
    spans: BTreeMap<RunId, Vec<SpanRecord>>,
    prefixes: Option<Vec<CompanyPrefix>>,
    refused: Vec<(String, Rejection)>,
}

impl<'d> Foresight<'d> {
    fn new(desk: &'d Desk) -> Self {
        Self {
            desk,
            at: String::new(),
            spans: BTreeMap::new(),
            prefixes: None,
            refused: Vec::new(),
        }
    }

    fn finish(self) -> Result<(), Problem> {
        let Some((_, first)) = self.refused.first() else {
            return Ok(());
        };
        let all = self.refused.iter();
        let errors = all.map(|(at, one)| RowError::new(at, one.code(), one.to_string()));
        let problem = Problem::new(ProblemCode::Conflicting("rejected"), first.to_string())
            .with_rule(first.code())
            .with_hint(first.hint());
        Err(if self.refused.len() > 1 {
            problem.with_errors(errors)
        } else {
            problem
        })
    }

    async fn look_at(&mut self, body: &ActionBody) -> Result<(), Problem> {
        match body {
            ActionBody::Dispense(action) => {
                self.supply(&action.packs).await?;
                self.packs(Act::Dispense, &action.packs).await
            }
            ActionBody::Decommission(action) => self.packs(Act::Decommission, &action.packs).await,
            ActionBody::Pack(action) => {
                self.target(action.sscc).await?;
                self.packs(Act::Pack, &action.packs).await?;
                self.units(&action.units).await
            }
            ActionBody::Ship(action) => {
                if action.purpose == Purpose::Supply {
                    self.supply(&action.packs).await?;
                }
                self.packs(Act::Ship(action.purpose), &action.packs).await?;
                self.units(&action.units).await
            }
            ActionBody::Unpack(action) => {
                self.units(&[action.sscc]).await?;
                match &action.contents {
                    UnpackContents::Some { units, .. } => self.inside(action.sscc, units).await,
                    UnpackContents::All => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// What keeps lots out of supply.
    async fn supply(&mut self, sets: &PackSets) -> Result<(), Problem> {
        let now = Timestamp(self.desk.clock.now_ms());
        for set in sets {
            let found = find_lot(&self.desk.database, &set.run.gtin, &set.run.lot).await;
            let Some(lot) = found.map_err(|error| storage_problem(&error))? else {
                continue;
            };
            let Some(block) = supply_block(&lot, now) else {
                continue;
            };
            let pack = PackLocation {
                run: set.run,
                position: set.ranges.first().map_or(0, |range| range.first),
            };
            self.refuse(PackRejection::Blocked { pack, block });
        }
        Ok(())
    }

    async fn packs(&mut self, act: Act, sets: &PackSets) -> Result<(), Problem> {
        let database = &self.desk.database;
        for set in sets {
            let spans = match self.spans.entry(set.run) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(vacant) => {
                    let spans = list_spans(database, &set.run).await;
                    vacant.insert(spans.map_err(|error| storage_problem(&error))?)
                }
            };
            // Packs of a span are in one state and one place: the first speaks for all.
            for position in firsts(set, spans) {
                let location = PackLocation {
                    run: set.run,
                    position,
                };
                let found = find_pack(database, &location).await;
                let Some(pack) = found.map_err(|error| storage_problem(&error))? else {
                    continue;
                };
                if let Err(rejection) = judge(act, &self.desk.account, &pack) {
                    self.refuse(rejection);
                }
            }
        }
        Ok(())
    }

    /// Units that must be in hand.
    async fn units(&mut self, units: &[Sscc]) -> Result<(), Problem> {
        for sscc in units {
            match self.find(*sscc).await? {
                None => self.refuse(UnitRejection::Unknown { sscc: *sscc }),
                Some(unit) => self.in_hand(&unit),
            }
        }
        Ok(())
    }

    /// Units that must be directly in another.
    async fn inside(&mut self, parent: Sscc, units: &[Sscc]) -> Result<(), Problem> {
        for sscc in units {
            let sscc = *sscc;
            match self.find(sscc).await?.map(|unit| unit.state) {
                None => self.refuse(UnitRejection::Unknown { sscc }),
                Some(UnitState::Resolved(_)) => self.refuse(UnitRejection::Resolved { sscc }),
                Some(UnitState::Inside(found)) if found == parent => {}
                Some(_) => self.refuse(UnitRejection::NotInUnit { sscc, parent }),
            }
        }
        Ok(())
    }

    /// A unit into which something is put: in hand, or new under a prefix of the organisation.
    async fn target(&mut self, sscc: Sscc) -> Result<(), Problem> {
        if let Some(unit) = self.find(sscc).await? {
            self.in_hand(&unit);
            return Ok(());
        }
        let prefixes = match &mut self.prefixes {
            Some(known) => known,
            none => none.insert(self.desk.own_organisation().await?.gs1_prefixes),
        };
        if !prefixes.iter().any(|prefix| prefix.matches_sscc(&sscc)) {
            self.refuse(UnitRejection::Prefix { sscc });
        }
        Ok(())
    }

    fn in_hand(&mut self, unit: &UnitRecord) {
        let sscc = unit.sscc;
        let rejection = if matches!(unit.state, UnitState::Resolved(_)) {
            UnitRejection::Resolved { sscc }
        } else if unit.holder.account != self.desk.account {
            UnitRejection::NotHeld { sscc }
        } else if unit.holder.shipment.is_some() {
            UnitRejection::InOpenShipment { sscc }
        } else if !unit.holder.is_direct {
            UnitRejection::InsideUnit { sscc }
        } else {
            return;
        };
        self.refuse(rejection);
    }

    async fn find(&self, sscc: Sscc) -> Result<Option<UnitRecord>, Problem> {
        find_unit(&self.desk.database, &sscc)
            .await
            .map_err(|error| storage_problem(&error))
    }

    fn refuse(&mut self, rejection: impl Into<Rejection>) {
        self.refused.push((self.at.clone(), rejection.into()));
    }
}

/// The first of the named packs in each span.
fn firsts(set: &PackSet, spans: &[SpanRecord]) -> Vec<u32> {
    let parts = set.ranges.iter().flat_map(|range| {
        let after = spans.partition_point(|span| span.range().end() <= range.first);
        let spans = spans.get(after..).unwrap_or_default().iter();
        spans
            .map_while(|span| intersect(span.range(), *range))
            .map(|part| part.first)
    });
    parts.collect()
}

/// In the order in which the rule of each action asks.
fn judge(act: Act, own: &AccountId, pack: &PackRecord) -> Result<(), PackRejection> {
    let (location, status) = (pack.location, pack.status);
    let in_hand = matches!(
        status,
        PackStatus::Active | PackStatus::Dispensed | PackStatus::Locked | PackStatus::Damaged
    );
    let fits = match act {
        Act::Dispense | Act::Ship(Purpose::Supply) => status == PackStatus::Active,
        Act::Ship(Purpose::Return) => in_hand && status != PackStatus::Dispensed,
        Act::Ship(Purpose::Destruction) | Act::Pack => in_hand,
        // To what it may go on from others depends on the reason.
        Act::Decommission => !matches!(
            status,
            PackStatus::Dispensed | PackStatus::Destroyed | PackStatus::Exported
        ),
    };
    let of_status = || PackRejection::Status {
        pack: location,
        status,
    };
    if act == Act::Dispense && !fits {
        return Err(of_status());
    }
    check_custody(act, own, pack)?;
    if fits { Ok(()) } else { Err(of_status()) }
}

fn check_custody(act: Act, own: &AccountId, record: &PackRecord) -> Result<(), PackRejection> {
    let (pack, holder) = (record.location, &record.holder);
    // Pharmacies supply before a delivery is booked in.
    if act == Act::Dispense && holder.addressee == Some(*own) {
        return Ok(());
    }
    if holder.account != *own {
        return Err(PackRejection::NotHeld { pack });
    }
    if act == Act::Decommission {
        return Ok(());
    }
    if holder.shipment.is_some() {
        return Err(PackRejection::InOpenShipment { pack });
    }
    if act != Act::Dispense && !holder.is_direct {
        return Err(PackRejection::InsideUnit { pack });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_ledger::action::{
        Decommission, DecommissionReason, Dispense, Pack, RecallClass, RecallLot, Ship, Unpack,
    };
    use theriac_ledger::encoding::BoundedList;
    use theriac_ledger::testing::{Actor, packs, sscc};

    use crate::operation::Planned;
    use crate::testing::{TestDesk, item, run};

    /// What is foreseen of an action, and what the ledger says of it: the codes, where it is refused.
    async fn both(
        test: &mut TestDesk,
        actor: Actor,
        body: impl Into<ActionBody>,
    ) -> (Option<String>, Option<String>) {
        let body = body.into();
        let plan = Plan::of(Planned::new(body.clone(), "test"));
        let told = foresee(&test.of(actor), &plan).await;
        let told = told.err().map(|problem| problem.body(None).code);
        let signed = test.ledger.sign(actor, body.clone());
        let judged = test.ledger.clone().submit(signed);
        (told, judged.err().map(|refused| refused.code().to_owned()))
    }

    fn dispense(first: u32) -> ActionBody {
        let packs = packs(run(), &[(first, 1)]);
        Dispense { packs }.into()
    }

    fn pack(number: &str, first: u32) -> ActionBody {
        let packs = packs(run(), &[(first, 1)]);
        let units = BoundedList::empty();
        let sscc = sscc(number, 9);
        Pack { sscc, packs, units }.into()
    }

    fn ship(test: &TestDesk, ranges: &[(u32, u32)], units: Vec<Sscc>) -> ActionBody {
        Ship {
            to: test.ledger.consortium.account(Actor::OtherPharmacy),
            purpose: Purpose::Supply,
            packs: packs(run(), ranges),
            units: BoundedList::new(units).unwrap(),
        }
        .into()
    }

    fn unpack(number: Sscc, contents: UnpackContents) -> ActionBody {
        let sscc = number;
        Unpack { sscc, contents }.into()
    }

    /// The pharmacy has 0 to 9, of which 2 is dispensed, 3 destroyed and 4 and 5 are in a unit within a unit, and 10 to
    /// 14 are on their way to it; the maker has the others.
    async fn story() -> (TestDesk, [Sscc; 2]) {
        let mut test = TestDesk::new(97, 30).await;
        let [inner, outer] = [1, 2].map(|number| sscc("9506000", number));
        test.pack(Actor::Maker, inner, &[(4, 2)]).await;
        let units = BoundedList::new(vec![inner]).unwrap();
        let packs_none = PackSets::empty();
        let around = Pack {
            sscc: outer,
            packs: packs_none,
            units,
        };
        test.act(Actor::Maker, around).await;
        let way = (Actor::Maker, Actor::Pharmacy);
        let loose = [(0, 4), (6, 4)];
        let first = test.ship(way, Purpose::Supply, &loose, vec![outer]).await;
        test.receive(Actor::Pharmacy, first).await;
        test.ship(way, Purpose::Supply, &[(10, 5)], vec![]).await;
        test.act(Actor::Pharmacy, dispense(2)).await;
        let destroyed = Decommission {
            packs: packs(run(), &[(3, 1)]),
            reason: DecommissionReason::Destroyed,
        };
        test.act(Actor::Pharmacy, destroyed).await;
        (test, [inner, outer])
    }

    #[tokio::test]
    async fn what_is_foreseen_is_what_the_ledger_says() {
        let (mut test, [inner, outer]) = story().await;
        let some = |units: Vec<Sscc>| UnpackContents::Some {
            packs: PackSets::empty(),
            units: BoundedList::new(units).unwrap(),
        };
        let bodies = [
            dispense(0),
            dispense(2),
            dispense(3),
            dispense(4),
            dispense(10),
            dispense(20),
            pack("9506000", 0),
            pack("9506001", 0),
            ship(&test, &[(0, 2)], vec![]),
            ship(&test, &[(0, 4)], vec![]),
            ship(&test, &[(4, 1)], vec![]),
            ship(&test, &[(11, 1)], vec![]),
            ship(&test, &[(20, 1)], vec![]),
            ship(&test, &[], vec![outer]),
            ship(&test, &[], vec![inner]),
            ship(&test, &[], vec![sscc("9506000", 3)]),
            unpack(outer, UnpackContents::All),
            unpack(outer, some(vec![inner])),
            unpack(inner, UnpackContents::All),
            unpack(inner, some(vec![outer])),
        ];
        let mut refused = 0;
        for actor in [Actor::Pharmacy, Actor::Maker] {
            for body in bodies.clone() {
                // Makers do not dispense, whatever they hold: roles are not looked at here.
                if actor == Actor::Maker && matches!(body, ActionBody::Dispense(_)) {
                    continue;
                }
                let (told, judged) = both(&mut test, actor, body.clone()).await;
                assert_eq!(told, judged, "{actor:?}: {body:?}");
                refused += usize::from(told.is_some());
            }
        }
        assert!(refused > 15, "{refused}");
        let unpacked = unpack(outer, UnpackContents::All);
        test.act(Actor::Pharmacy, unpacked.clone()).await;
        let (told, judged) = both(&mut test, Actor::Pharmacy, unpacked).await;
        assert_eq!(told.as_deref(), Some("unit_resolved"));
        assert_eq!(told, judged);
    }

    #[tokio::test]
    async fn recalled_packs_are_foreseen_to_stay() {
        let (mut test, _) = story().await;
        let recall = RecallLot {
            gtin: item(),
            lot: run().lot,
            class: RecallClass::One,
            notice: theriac_crypto::Digest::ZERO,
        };
        test.act(Actor::Maker, recall).await;
        for body in [dispense(0), ship(&test, &[(1, 1)], vec![])] {
            let (told, judged) = both(&mut test, Actor::Pharmacy, body).await;
            assert_eq!(told.as_deref(), Some("lot_recalled"));
            assert_eq!(told, judged);
        }
    }
}
