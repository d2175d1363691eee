use theriac_ledger::action::{Pack, Purpose, Unpack, UnpackContents};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::pack_set::PackSets;
use theriac_ledger::testing::{Actor, sscc};

use super::unit;
use crate::testing::TestDesk;

#[tokio::test]
async fn a_unit_says_where_it_is_now_and_not_where_it_was_put_last() {
    let mut test = TestDesk::new(99, 10).await;
    let [case, pallet] = [1, 2].map(|number| sscc("9506000", number));
    test.pack(Actor::Maker, case, &[(0, 5)]).await;
    let around = Pack {
        sscc: pallet,
        packs: PackSets::empty(),
        units: BoundedList::new(vec![case]).unwrap(),
    };
    test.act(Actor::Maker, around).await;
    let way = (Actor::Maker, Actor::Pharmacy);
    let shipment = test.ship(way, Purpose::Supply, &[], vec![pallet]).await;
    let states = async |test: &TestDesk| {
        let desk = test.of(Actor::Pharmacy);
        let mut told = Vec::new();
        for sscc in [pallet, case] {
            let answer = unit(&desk, &sscc.to_string()).await.unwrap();
            told.push((answer.state, answer.packs));
        }
        told
    };
    let told = |pallet: (&str, u64), case: (&str, u64)| {
        [pallet, case].map(|(state, packs)| (state.to_owned(), packs))
    };
    assert_eq!(
        states(&test).await,
        told(("in_shipment", 5), ("in_shipment", 5))
    );
    test.receive(Actor::Pharmacy, shipment).await;
    assert_eq!(states(&test).await, told(("held", 5), ("inside", 5)));
    let contents = UnpackContents::All;
    let sscc = pallet;
    test.act(Actor::Pharmacy, Unpack { sscc, contents }).await;
    assert_eq!(states(&test).await, told(("unpacked", 0), ("held", 5)));
}
