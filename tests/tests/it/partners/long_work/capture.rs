//! A long document of events, captured by a service that keeps everything in PostgreSQL.

use std::collections::BTreeSet;

use serde_json::json;
use theriac_gs1::SerialNumber;
use theriac_ledger::action::{ActionBody, Pack};
use theriac_ledger::identifier::PackKey;
use theriac_testkit::stock::test_product;

use super::super::capture::{MANY, PER_UNIT, capture, finished, long_document};
use super::super::postgresql::on_postgresql;
use super::{Watcher, maker, on_chain};
use crate::alone;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_document_is_captured_once_though_the_service_on_postgresql_is_killed_amid_it() {
    let _alone = alone().await;
    let (network, mut maker) = maker(179, on_postgresql).await;
    let document = long_document();
    let id = capture(&maker, "long", &document).await;
    let mut watcher = Watcher::of(&json!(id));
    for steps in [0, 1, 10] {
        watcher.look_until(&maker, steps).await;
        maker.kill();
        maker.start().await;
    }
    let over = watcher.look_to_the_end(&maker).await;
    assert_eq!(
        (&over["state"], &over["packs_final"]),
        (&json!("final"), &json!(MANY)),
        "{over}"
    );
    let job = finished(&maker, &id).await;
    assert_eq!(job["success"], true, "{job}");
    // Whoever lost the answer sends it again, and it is the same capture.
    assert_eq!(capture(&maker, "long", &document).await, id);

    let (mut runs, mut units) = (Vec::new(), Vec::new());
    for body in on_chain(&network).await {
        match body {
            ActionBody::CommissionRun(run) => runs.push(run),
            ActionBody::Pack(pack) => units.push(pack),
            _ => {}
        }
    }
    let gtin = test_product();
    let serial = |number| SerialNumber::parse(&format!("K{number:06}")).expect("a serial");
    let intended = (0..MANY).map(|number| PackKey::new(&gtin, &serial(number)));
    let made = runs.iter().flat_map(|run| run.keys.iter().copied());
    assert_eq!(made.clone().count(), usize::try_from(MANY).expect("few"));
    assert_eq!(
        made.collect::<BTreeSet<_>>(),
        intended.collect::<BTreeSet<_>>()
    );
    assert_eq!(runs.len(), 1);
    assert_each_pack_is_in_one_unit(&units);
}

fn assert_each_pack_is_in_one_unit(units: &[Pack]) {
    let names: BTreeSet<_> = units.iter().map(|unit| unit.sscc.to_string()).collect();
    let expected = usize::try_from(MANY / PER_UNIT).expect("few");
    assert_eq!((names.len(), units.len()), (expected, expected));
    let sets = units.iter().flat_map(|unit| unit.packs.iter());
    let ranges = sets.flat_map(|set| set.ranges.iter());
    let mut positions: Vec<u32> = ranges.flat_map(|range| range.first..range.end()).collect();
    positions.sort_unstable();
    assert!(positions.into_iter().eq(0..MANY), "each pack once");
}
