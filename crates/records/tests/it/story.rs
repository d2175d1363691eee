//! One story: two cases on a pallet go from maker to pharmacy.

use theriac_gs1::{Gtin, Sscc};
use theriac_ledger::action::{
    Dispense, Pack, Purpose, RecallClass, RecallLot, Receive, Ship, Unpack, UnpackContents,
};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{RunId, ShipmentId, TransactionId};
use theriac_ledger::pack_set::PackSets;
use theriac_ledger::testing::{Actor, commission_run, gtin, packs, product, run_id, sscc};
use theriac_records::Database;

use crate::chain::TestChain;

pub(crate) struct Story {
    pub(crate) item: Gtin,
    pub(crate) run: RunId,
    pub(crate) cases: [Sscc; 2],
    pub(crate) pallet: Sscc,
    pub(crate) to_distributor: ShipmentId,
    pub(crate) to_pharmacy: ShipmentId,
    /// Every transaction in order, with its kind.
    pub(crate) steps: Vec<TransactionId>,
}

pub(crate) fn ship(chain: &TestChain, to: Actor, packs: PackSets, units: Vec<Sscc>) -> Ship {
    Ship {
        to: chain.consortium.account(to),
        purpose: Purpose::Supply,
        packs,
        units: BoundedList::new(units).unwrap(),
    }
}

/// Two hundred packs; two cases of a hundred; the first case goes on to the pharmacy, which
/// dispenses pack 5; then the lot is recalled.
pub(crate) async fn tell(chain: &mut TestChain, db: &Database) -> Story {
    let item = gtin("9506000", 7);
    let run = run_id(item, "LOT-A", 0);
    let cases = [sscc("9506000", 1), sscc("9506000", 2)];
    let pallet = sscc("9506000", 3);
    let none = BoundedList::empty;
    let mut steps = vec![chain.act(db, Actor::Maker, product(item)).await];
    steps.push(
        chain
            .act(db, Actor::Maker, commission_run(run, 0, 200))
            .await,
    );
    for (case, first) in cases.into_iter().zip([0, 100]) {
        let action = Pack {
            sscc: case,
            packs: packs(run, &[(first, 100)]),
            units: BoundedList::empty(),
        };
        steps.push(chain.act(db, Actor::Maker, action).await);
    }
    let action = Pack {
        sscc: pallet,
        packs: none(),
        units: BoundedList::new(cases.to_vec()).unwrap(),
    };
    steps.push(chain.act(db, Actor::Maker, action).await);
    let action = ship(chain, Actor::Distributor, none(), vec![pallet]);
    let id = chain.act(db, Actor::Maker, action).await;
    steps.push(id);
    let to_distributor = ShipmentId::of_ship(&id);
    let action = Receive {
        shipment: to_distributor,
        except: BoundedList::empty(),
    };
    steps.push(chain.act(db, Actor::Distributor, action).await);
    let contents = UnpackContents::All;
    let action = Unpack {
        sscc: pallet,
        contents,
    };
    steps.push(chain.act(db, Actor::Distributor, action).await);
    let action = ship(chain, Actor::Pharmacy, none(), vec![cases[0]]);
    let id = chain.act(db, Actor::Distributor, action).await;
    steps.push(id);
    let to_pharmacy = ShipmentId::of_ship(&id);
    let action = Receive {
        shipment: to_pharmacy,
        except: BoundedList::empty(),
    };
    steps.push(chain.act(db, Actor::Pharmacy, action).await);
    let packs = packs(run, &[(5, 1)]);
    steps.push(chain.act(db, Actor::Pharmacy, Dispense { packs }).await);
    let action = RecallLot {
        gtin: item,
        lot: run.lot,
        class: RecallClass::One,
        notice: theriac_crypto::digest("test", b"notice"),
    };
    steps.push(chain.act(db, Actor::Maker, action).await);
    Story {
        item,
        run,
        cases,
        pallet,
        to_distributor,
        to_pharmacy,
        steps,
    }
}
