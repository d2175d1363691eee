//! Units in units, and taking a number of packs out of them: whole units while they fit, then loose packs, then
//! what must be unpacked. Pure.

use std::collections::BTreeMap;

use theriac_gs1::Sscc;
use theriac_ledger::identifier::RunId;
use theriac_ledger::pack_set::PackRange;
use theriac_ledger::record::PackPlace;
use theriac_records::repository::contents::{ContainedUnit, Container};
use theriac_records::repository::packs::SpanRecord;

use super::LotName;

/// Packs that may be sold: by run, and which of them.
pub(super) type Saleable = Vec<(RunId, PackRange)>;

/// A unit, or what the account holds in none.
#[derive(Debug, Default)]
pub(super) struct Node {
    sscc: Option<Sscc>,
    /// Packs directly in it that may be sold.
    loose: Saleable,
    /// Packs directly in it that may not.
    blocked: u64,
    pub(super) children: Vec<Node>,
}

/// What is to be taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Picked {
    /// Whole units.
    pub(super) units: Vec<Sscc>,
    /// Packs that are, or will be, in no unit.
    pub(super) packs: Vec<(RunId, PackRange)>,
    /// What to take out of which unit first, in this order.
    pub(super) unpackings: Vec<Unpacking>,
}

/// What to take out of one unit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unpacking {
    pub(super) sscc: Sscc,
    pub(super) units: Vec<Sscc>,
    pub(super) packs: Vec<(RunId, PackRange)>,
}

impl Node {
    pub(super) fn add_loose(&mut self, saleable: Saleable) {
        self.loose.extend(saleable);
    }

    /// A unit with everything in it; parents come before their children.
    pub(super) fn of_unit(
        sscc: Sscc,
        units: &[ContainedUnit],
        parts: &[(SpanRecord, Saleable)],
    ) -> Self {
        let mut nodes: BTreeMap<Sscc, Self> = BTreeMap::new();
        for found in units.iter().map(|unit| unit.sscc).chain([sscc]) {
            let node = Self {
                sscc: Some(found),
                ..Self::default()
            };
            nodes.insert(found, node);
        }
        for (span, saleable) in parts {
            if let PackPlace::Unit(place) = span.place
                && let Some(node) = nodes.get_mut(&place)
            {
                let count: u64 = saleable
                    .iter()
                    .map(|(_, range)| u64::from(range.count))
                    .sum();
                node.blocked += u64::from(span.count).saturating_sub(count);
                node.loose.extend(saleable.iter().copied());
            }
        }
        for unit in units.iter().rev() {
            let Some(child) = nodes.remove(&unit.sscc) else {
                continue;
            };
            if let Container::Unit(parent) = unit.inside
                && let Some(node) = nodes.get_mut(&parent)
            {
                node.children.push(child);
            }
        }
        let mut root = nodes.remove(&sscc).unwrap_or_default();
        root.sort();
        root
    }

    fn sort(&mut self) {
        self.children.sort_by_key(|child| child.sscc);
        self.children.iter_mut().for_each(Self::sort);
    }

    /// How many packs of a batch in it, at any depth, may be sold.
    fn count_of(&self, lot: &LotName) -> u64 {
        let own = self.loose.iter().filter(|(run, _)| is_of(run, lot));
        let own: u64 = own.map(|(_, range)| u64::from(range.count)).sum();
        own + self
            .children
            .iter()
            .map(|child| child.count_of(lot))
            .sum::<u64>()
    }

    /// Whether every pack in it is of the batch and may be sold.
    fn is_whole(&self, lot: &LotName) -> bool {
        self.blocked == 0
            && self.loose.iter().all(|(run, _)| is_of(run, lot))
            && self.children.iter().all(|child| child.is_whole(lot))
    }
}

fn is_of(run: &RunId, lot: &LotName) -> bool {
    (run.gtin, run.lot) == *lot
}

/// Takes up to `wanted` packs of a batch, and says how many there were.
pub(super) fn take(root: &Node, wanted: u64, lot: &LotName, picked: &mut Picked) -> u64 {
    let mut left = wanted;
    let out = take_from(root, &mut left, lot, picked);
    picked.packs.extend(out.packs);
    wanted - left
}

/// What comes out of one node.
#[derive(Default)]
struct Out {
    /// Units that come out of it: those that are taken whole, and those that are opened.
    units: Vec<Sscc>,
    packs: Vec<(RunId, PackRange)>,
}

fn take_from(node: &Node, left: &mut u64, lot: &LotName, picked: &mut Picked) -> Out {
    let mut out = Out::default();
    let mut opened: Vec<&Node> = Vec::new();
    let mut children: Vec<(&Node, u64)> = node
        .children
        .iter()
        .map(|child| (child, child.count_of(lot)))
        .filter(|(_, count)| *count > 0)
        .collect();
    // The largest first, so that few units are handled; equal ones in the order of their numbers.
    children.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (child, count) in children {
        match child.sscc {
            Some(sscc) if count <= *left && child.is_whole(lot) => {
                *left -= count;
                out.units.push(sscc);
                picked.units.push(sscc);
            }
            _ => opened.push(child),
        }
    }
    take_loose(node, left, lot, &mut out);
    // The smallest first: a broken case is used up before another is broken.
    for child in opened.into_iter().rev() {
        let Some(sscc) = child.sscc.filter(|_| *left > 0) else {
            continue;
        };
        // Where the child stands in a unit itself, it is taken out of that first, then opened.
        let place = picked.unpackings.len();
        let taken = take_from(child, left, lot, picked);
        if node.sscc.is_some() {
            out.units.push(sscc);
        }
        // For another batch it may have been opened before: what came out then is out.
        let is_out = |unit: &Sscc| {
            let before = picked.unpackings.iter().filter(|one| one.sscc == sscc);
            before.flat_map(|one| &one.units).any(|out| out == unit)
        };
        let unpacking = Unpacking {
            sscc,
            units: taken
                .units
                .into_iter()
                .filter(|unit| !is_out(unit))
                .collect(),
            packs: taken.packs.clone(),
        };
        if !unpacking.units.is_empty() || !unpacking.packs.is_empty() {
            picked.unpackings.insert(place, unpacking);
        }
        picked.packs.extend(taken.packs);
    }
    out
}

fn take_loose(node: &Node, left: &mut u64, lot: &LotName, out: &mut Out) {
    for (run, range) in node.loose.iter().filter(|(run, _)| is_of(run, lot)) {
        if *left == 0 {
            return;
        }
        let count = u32::try_from(*left).unwrap_or(u32::MAX).min(range.count);
        *left -= u64::from(count);
        let first = range.first;
        out.packs.push((*run, PackRange { first, count }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_gs1::{Gtin, Lot};

    fn lot(name: &str) -> LotName {
        (
            Gtin::parse("09506000134352").unwrap(),
            Lot::parse(name).unwrap(),
        )
    }

    fn run(name: &str) -> RunId {
        let (gtin, lot) = lot(name);
        RunId {
            gtin,
            lot,
            number: 0,
        }
    }

    fn sscc(number: u32) -> Sscc {
        (0..10)
            .find_map(|digit| Sscc::parse(&format!("3950600{number:010}{digit}")).ok())
            .unwrap()
    }

    fn case(number: u32, first: u32, count: u32) -> Node {
        Node {
            sscc: Some(sscc(number)),
            loose: vec![(run("B1"), PackRange { first, count })],
            ..Node::default()
        }
    }

    fn root(children: Vec<Node>, loose: &[(u32, u32)]) -> Node {
        Node {
            loose: loose
                .iter()
                .map(|&(first, count)| (run("B1"), PackRange { first, count }))
                .collect(),
            children,
            ..Node::default()
        }
    }

    fn picked(root: &Node, wanted: u64) -> (u64, Picked) {
        let mut picked = Picked::default();
        let taken = take(root, wanted, &lot("B1"), &mut picked);
        (taken, picked)
    }

    fn packs(picked: &Picked) -> Vec<(u32, u32)> {
        let packs = picked.packs.iter();
        packs.map(|(_, range)| (range.first, range.count)).collect()
    }

    #[test]
    fn whole_cases_are_taken_while_they_fit_and_then_loose_packs() {
        let stock = root(vec![case(1, 0, 10), case(2, 10, 10)], &[(50, 5)]);
        let (taken, picked) = picked(&stock, 13);
        assert_eq!(taken, 13);
        assert_eq!(picked.units, [sscc(1)]);
        assert_eq!(packs(&picked), [(50, 3)]);
        assert!(picked.unpackings.is_empty());
    }

    #[test]
    fn a_case_is_opened_only_when_loose_packs_do_not_suffice() {
        let stock = root(vec![case(1, 0, 10), case(2, 10, 4)], &[(50, 1)]);
        let (taken, picked) = picked(&stock, 3);
        assert_eq!(taken, 3);
        assert!(picked.units.is_empty());
        assert_eq!(packs(&picked), [(10, 2), (50, 1)]);
        let [unpacking] = picked.unpackings.as_slice() else {
            panic!("one case is opened");
        };
        assert_eq!(unpacking.sscc, sscc(2));
        assert_eq!(unpacking.packs.len(), 1);
    }

    #[test]
    fn what_stands_on_a_pallet_is_taken_off_it_first() {
        let pallet = Node {
            sscc: Some(sscc(9)),
            children: vec![case(1, 0, 10), case(2, 10, 10)],
            ..Node::default()
        };
        let stock = root(vec![pallet], &[]);
        let (taken, found) = picked(&stock, 12);
        assert_eq!(taken, 12);
        assert_eq!(found.units, [sscc(1)]);
        assert_eq!(packs(&found), [(10, 2)]);
        let opened: Vec<Sscc> = found.unpackings.iter().map(|one| one.sscc).collect();
        assert_eq!(opened, [sscc(9), sscc(2)]);
        assert_eq!(found.unpackings[0].units, [sscc(1), sscc(2)]);
        let (taken, whole) = picked(&stock, 20);
        assert_eq!((taken, whole.units.as_slice()), (20, [sscc(9)].as_slice()));
        assert!(whole.unpackings.is_empty());
    }

    #[test]
    fn a_case_with_packs_that_may_not_be_sold_is_never_taken_whole() {
        let mut locked = case(1, 0, 9);
        locked.blocked = 1;
        let mut mixed = case(2, 10, 5);
        mixed
            .loose
            .push((run("B2"), PackRange { first: 0, count: 5 }));
        let stock = root(vec![locked, mixed], &[]);
        let (taken, found) = picked(&stock, 100);
        assert_eq!(taken, 14);
        assert!(found.units.is_empty());
        assert_eq!(found.unpackings.len(), 2);
    }

    #[test]
    fn no_more_is_taken_than_there_is() {
        let (taken, found) = picked(&root(vec![case(1, 0, 10)], &[]), 11);
        assert_eq!((taken, found.units.as_slice()), (10, [sscc(1)].as_slice()));
    }
}
