//! Whether two actions name the same things: then the one that was asked for first is sent first.

use std::collections::BTreeSet;

use theriac_gs1::Sscc;
use theriac_ledger::action::{ActionBody, UnpackContents};
use theriac_ledger::identifier::ShipmentId;
use theriac_ledger::pack_set::PackSet;

/// Open intents that were stored before one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// There are none.
    Nothing,
    /// There are some, about other things.
    Others,
    /// One of another request names the same things, or may: sent together, the later could be decided first.
    Same,
}

/// How what other requests asked for before stands to an action; nothing where there is none. `is_cut` says that there may
/// be more, of which nobody has looked what it names.
pub(super) fn before(own: &ActionBody, before: &[ActionBody], is_cut: bool) -> Option<Before> {
    let names = Names::of(own);
    let may_overlap = is_cut && !names.is_empty();
    if may_overlap || before.iter().any(|body| names.overlap(&Names::of(body))) {
        return Some(Before::Same);
    }
    (!before.is_empty()).then_some(Before::Others)
}

/// What an action names.
#[derive(Debug, Default)]
struct Names<'a> {
    packs: Vec<&'a PackSet>,
    units: BTreeSet<Sscc>,
    shipment: Option<ShipmentId>,
}

impl<'a> Names<'a> {
    /// The packs, units and shipment that an action names.
    fn of(body: &'a ActionBody) -> Self {
        let mut names = Self::default();
        match body {
            ActionBody::Dispense(action) => names.packs.extend(action.packs.iter()),
            ActionBody::Reactivate(action) => names.packs.extend(action.packs.iter()),
            ActionBody::Lock(action) => names.packs.extend(action.packs.iter()),
            ActionBody::Unlock(action) => names.packs.extend(action.packs.iter()),
            ActionBody::Decommission(action) => names.packs.extend(action.packs.iter()),
            ActionBody::Pack(action) => {
                names.units.insert(action.sscc);
                names.units.extend(action.units.iter());
                names.packs.extend(action.packs.iter());
            }
            ActionBody::Unpack(action) => {
                names.units.insert(action.sscc);
                if let UnpackContents::Some { packs, units } = &action.contents {
                    names.units.extend(units.iter());
                    names.packs.extend(packs.iter());
                }
            }
            ActionBody::Ship(action) => {
                names.units.extend(action.units.iter());
                names.packs.extend(action.packs.iter());
            }
            ActionBody::Receive(action) => names.shipment = Some(action.shipment),
            ActionBody::Reject(action) => names.shipment = Some(action.shipment),
            ActionBody::CancelShipment(action) => names.shipment = Some(action.shipment),
            _ => {}
        }
        names
    }

    /// Whether nothing is named that another action could name.
    fn is_empty(&self) -> bool {
        self.packs.is_empty() && self.units.is_empty() && self.shipment.is_none()
    }

    /// Whether both name a pack, a unit or the shipment.
    fn overlap(&self, other: &Self) -> bool {
        let same_shipment = self.shipment.is_some() && self.shipment == other.shipment;
        same_shipment
            || !self.units.is_disjoint(&other.units)
            || self
                .packs
                .iter()
                .any(|one| other.packs.iter().any(|another| share(one, another)))
    }
}

/// Whether two sets of one run share a pack.
pub(super) fn share(one: &PackSet, other: &PackSet) -> bool {
    one.run == other.run
        && one.ranges.iter().any(|a| {
            let mut others = other.ranges.iter();
            others.any(|b| a.first < b.end() && b.first < a.end())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_ledger::action::{Dispense, Reactivate, ReactivateReason, RecallClass, RecallLot};
    use theriac_ledger::testing::{gtin, packs, run_id};

    fn dispense(lot: &str, ranges: &[(u32, u32)]) -> ActionBody {
        let packs = packs(run_id(gtin("9506000", 1), lot, 0), ranges);
        ActionBody::Dispense(Dispense { packs })
    }

    #[test]
    fn actions_on_the_same_pack_overlap_and_others_do_not() {
        let first = dispense("L1", &[(0, 2), (10, 1)]);
        let undone = ActionBody::Reactivate(Reactivate {
            packs: packs(run_id(gtin("9506000", 1), "L1", 0), &[(1, 1)]),
            reason: ReactivateReason::NotDispensed,
        });
        assert!(Names::of(&first).overlap(&Names::of(&undone)));
        for other in [dispense("L1", &[(2, 8)]), dispense("L2", &[(0, 2)])] {
            assert!(!Names::of(&first).overlap(&Names::of(&other)));
        }
    }

    #[test]
    fn what_many_stand_before_waits_for_them_as_it_does_for_the_same_pack() {
        let own = dispense("L1", &[(7, 1)]);
        let others: Vec<_> = (0..3)
            .map(|number| dispense("L2", &[(number, 1)]))
            .collect();
        assert_eq!(before(&own, &[], false), None);
        assert_eq!(before(&own, &others, false), Some(Before::Others));
        assert_eq!(
            before(&own, &others, true),
            Some(Before::Same),
            "there may be more"
        );
        let same = std::slice::from_ref(&own);
        assert_eq!(before(&own, same, false), Some(Before::Same));
        let recall = ActionBody::RecallLot(RecallLot {
            gtin: gtin("9506000", 1),
            lot: run_id(gtin("9506000", 1), "L1", 0).lot,
            class: RecallClass::One,
            notice: theriac_crypto::Digest::ZERO,
        });
        assert_eq!(
            before(&recall, &others, true),
            Some(Before::Others),
            "it names no pack"
        );
    }
}
