//! A whole batch is put into cases and the cases onto pallets, in more than a hundred transactions.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use theriac_ledger::action::{ActionBody, Pack};
use theriac_testkit::stock::test_product;

use super::super::text;
use super::{LOT, Watcher, maker, on_chain};
use crate::alone;

const PACKS: u32 = 4_000;
const PER_CASE: u32 = 40;
const CASES: u32 = PACKS / PER_CASE;
const PER_PALLET: u32 = 10;
const PALLETS: u32 = CASES / PER_PALLET;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_is_packed_once_though_the_service_is_killed_amid_its_packing_plan() {
    let _alone = alone().await;
    let (network, mut maker) = maker(174, |_| {}).await;
    let gtin = test_product().to_string();
    let batch = json!({
        "gtin": gtin, "lot": LOT, "expiry": "2049-12-31", "manufactured": "2026-01-01",
        "count": PACKS,
    });
    let (_, height) = maker.act("batch", "/api/v1/batches", &batch).await;
    maker.follow(height).await;
    let plan = json!({
        "gtin": gtin, "lot": LOT, "packs_per_case": PER_CASE, "cases_per_pallet": PER_PALLET,
    });
    let path = "/api/v1/packing/plan?wait_ms=0";
    let kept = maker.post("plan", path, &plan).await;
    assert_eq!(kept.status, 202, "{}", kept.body);
    let mut watcher = Watcher::of(&kept.body["intent"]);
    for steps in [0, 1, u64::from(CASES / 2)] {
        watcher.look_until(&maker, steps).await;
        maker.kill();
        maker.start().await;
    }
    let finished = watcher.look_to_the_end(&maker).await;
    assert_eq!(
        (&finished["state"], &finished["steps_final"]),
        (&json!("final"), &json!(CASES + PALLETS)),
        "{finished}"
    );
    let again = maker.post("plan", path, &plan).await;
    assert_eq!(again.status, 200, "{}", again.body);
    for same in ["intents", "cases", "pallets"] {
        assert_eq!(again.body[same], kept.body[same], "{}", again.body);
    }

    let packed = on_chain(&network).await.into_iter();
    let packed = packed.filter_map(|body| match body {
        ActionBody::Pack(pack) => Some(pack),
        _ => None,
    });
    let (cases, pallets): (Vec<Pack>, Vec<Pack>) = packed.partition(|pack| pack.units.is_empty());
    assert_eq!(names(&cases), told(&kept.body["cases"]));
    assert_eq!(names(&pallets), told(&kept.body["pallets"]));
    let ranges = cases.iter().flat_map(|case| case.packs.iter());
    let ranges = ranges.flat_map(|set| set.ranges.iter());
    let mut positions: Vec<u32> = ranges.flat_map(|range| range.first..range.end()).collect();
    positions.sort_unstable();
    assert!(
        positions.into_iter().eq(0..PACKS),
        "each pack is in one case"
    );
    let inside = pallets.iter().flat_map(|pallet| pallet.units.iter());
    let mut inside: Vec<String> = inside.map(ToString::to_string).collect();
    inside.sort_unstable();
    assert_eq!(
        inside,
        told(&kept.body["cases"]),
        "each case is on one pallet"
    );
}

/// The units that were packed into, in order.
fn names(packed: &[Pack]) -> Vec<String> {
    let mut names: Vec<String> = packed.iter().map(|pack| pack.sscc.to_string()).collect();
    names.sort_unstable();
    names
}

/// The units of an answer, in order.
fn told(units: &Value) -> Vec<String> {
    let units = units.as_array().expect("units").iter().map(text);
    let units: BTreeSet<String> = units.collect();
    units.into_iter().collect()
}
