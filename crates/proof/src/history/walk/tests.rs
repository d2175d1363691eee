use theriac_crypto::{Digest, SigningKey, digest};
use theriac_gs1::{CalendarDate, Gtin, Lot};
use theriac_ledger::action::{CommissionRun, Dispense, Pack};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::RunId;
use theriac_ledger::pack_set::{PackRange, PackSet, PackSets};

use super::*;

const KEY: PackKey = PackKey([7; 16]);

/// Transactions in memory, one for each height.
#[derive(Default)]
struct Told {
    acts: BTreeMap<Moment, Arc<Act>>,
    steps: BTreeMap<Carrier, Vec<Step>>,
    pack: Vec<Step>,
}

impl Source for Told {
    type Error = WalkError;

    fn steps(&mut self, carrier: &Carrier) -> Result<Arc<[Step]>, WalkError> {
        Ok(self.steps.get(carrier).cloned().unwrap_or_default().into())
    }

    fn act(&mut self, step: &Step) -> Result<Arc<Act>, WalkError> {
        Ok(Arc::clone(&self.acts[&step.moment()]))
    }
}

impl Told {
    /// A transaction of the next height, as a step of the pack or of units.
    fn tell(&mut self, body: impl Into<ActionBody>, is_of_pack: bool, units: &[Sscc]) {
        let height = u64::try_from(self.acts.len()).unwrap() + 1;
        let id = TransactionId(digest("test", &height.to_le_bytes()));
        let step = Step {
            height,
            index: 0,
            id,
        };
        let act = Act {
            id,
            signer: SigningKey::from_seed(&[1; 32]).public_key(),
            account: AccountId(Digest([1; 32])),
            time: Timestamp(height),
            body: body.into(),
        };
        self.acts.insert(step.moment(), Arc::new(act));
        if is_of_pack {
            self.pack.push(step);
        }
        for sscc in units {
            let steps = self.steps.entry(Carrier::Unit(*sscc)).or_default();
            steps.push(step);
        }
    }

    fn commissioned() -> Self {
        let mut told = Self::default();
        let run = CommissionRun {
            gtin: run().gtin,
            lot: run().lot,
            number: 0,
            expiry: CalendarDate::parse("2027-12-31").unwrap(),
            manufactured: CalendarDate::parse("2025-12-01").unwrap(),
            keys: BoundedList::new(vec![KEY]).unwrap(),
        };
        told.tell(run, true, &[]);
        told
    }

    fn walk(&mut self) -> Result<Story, WalkError> {
        let steps = self.pack.clone();
        let traced = Traced {
            location: PackLocation {
                run: run(),
                position: 0,
            },
            key: KEY,
            commissioned: steps[0],
            steps: &steps[1..],
        };
        walk(self, &traced)
    }
}

fn run() -> RunId {
    RunId {
        gtin: Gtin::parse("09506000000015").unwrap(),
        lot: Lot::parse("LOT1").unwrap(),
        number: 0,
    }
}

fn unit(number: u32) -> Sscc {
    let digits = |check| format!("09506000{number:09}{check}");
    let mut parsed = (0..10).filter_map(|check| Sscc::parse(&digits(check)).ok());
    parsed.next().unwrap()
}

fn packs(first: u32) -> PackSets {
    let ranges = BoundedList::new(vec![PackRange { first, count: 1 }]).unwrap();
    BoundedList::new(vec![PackSet { run: run(), ranges }]).unwrap()
}

fn fill(sscc: Sscc, packs: PackSets, units: Vec<Sscc>) -> Pack {
    let units = BoundedList::new(units).unwrap();
    Pack { sscc, packs, units }
}

#[test]
fn a_pack_that_never_moved_has_its_commissioning_alone() {
    let story = Told::commissioned().walk().unwrap();
    assert_eq!(story.acts.len(), 1);
    assert_eq!(story.pack.status, PackStatus::Active);
    assert!(story.units.is_empty() && story.shipments.is_empty());
}

#[test]
fn a_commissioning_of_another_run_or_key_is_refused() {
    let mut told = Told::commissioned();
    let steps = told.pack.clone();
    let traced = |run, position, key| Traced {
        location: PackLocation { run, position },
        key,
        commissioned: steps[0],
        steps: &[],
    };
    let other = RunId { number: 1, ..run() };
    for traced in [
        traced(other, 0, KEY),
        traced(run(), 1, KEY),
        traced(run(), u32::MAX, KEY),
        traced(run(), 0, PackKey([8; 16])),
    ] {
        let refused = walk(&mut told, &traced).unwrap_err();
        assert!(matches!(refused, WalkError::OtherRun { .. }), "{refused}");
    }
}

#[test]
fn what_does_not_name_the_pack_or_the_unit_is_no_step_of_it() {
    let mut told = Told::commissioned();
    told.tell(Dispense { packs: packs(1) }, true, &[]);
    let refused = told.walk().unwrap_err();
    assert!(
        matches!(refused, WalkError::PackNotNamed { .. }),
        "{refused}"
    );

    let mut told = Told::commissioned();
    told.tell(fill(unit(1), packs(0), Vec::new()), true, &[unit(1)]);
    told.tell(Dispense { packs: packs(1) }, false, &[unit(1)]);
    let refused = told.walk().unwrap_err();
    assert!(matches!(refused, WalkError::NotWritten { .. }), "{refused}");

    let mut told = Told::commissioned();
    told.tell(fill(unit(1), packs(0), Vec::new()), true, &[]);
    let refused = told.walk().unwrap_err();
    assert!(matches!(refused, WalkError::NotEntered { .. }), "{refused}");
}

#[test]
fn units_stand_in_units_so_deep_and_no_deeper() {
    let mut told = Told::commissioned();
    told.tell(fill(unit(1), packs(0), Vec::new()), true, &[unit(1)]);
    for number in 1..u32::from(LEVELS_MAX) {
        let (below, above) = (unit(number), unit(number + 1));
        told.tell(
            fill(above, BoundedList::empty(), vec![below]),
            false,
            &[below, above],
        );
        assert_eq!(told.walk().unwrap().units.len(), told.steps.len());
    }
    let (below, above) = (unit(u32::from(LEVELS_MAX)), unit(99));
    let deeper = fill(above, BoundedList::empty(), vec![below]);
    told.tell(deeper, false, &[below, above]);
    assert_eq!(told.walk().unwrap_err(), WalkError::Endless);
}

#[test]
fn a_walk_ends_when_there_is_too_much() {
    let mut told = Told::commissioned();
    told.tell(fill(unit(1), packs(0), Vec::new()), true, &[unit(1)]);
    let more = fill(unit(1), packs(1), Vec::new());
    for _ in 0..VISITS_MAX {
        told.tell(more.clone(), false, &[unit(1)]);
    }
    assert_eq!(told.walk().unwrap_err(), WalkError::TooLong);
}
