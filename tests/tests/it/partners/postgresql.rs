//! Services that keep everything in PostgreSQL.

use serde_json::{Value, json};
use theriac_testkit::network::PATIENCE;
use theriac_testkit::service::Service;
use theriac_testkit::stock::test_product;
use theriac_testkit::wait::eventually;

use super::operations::{ask, doctor};
use super::{Partners, text};
use crate::alone;

/// Packs of the long work: two runs.
const MANY: u32 = 40_000;

pub(super) fn on_postgresql(service: &mut Service) {
    let url = theriac_postgres::fresh_database().expect("PostgreSQL starts");
    service.set_database(&url);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn medicine_passes_between_services_on_postgresql_that_are_killed_and_rebuilt() {
    let _alone = alone().await;
    let mut partners = Partners::start_with(92, on_postgresql).await;
    partners.supply_pharmacy().await;
    let codes = [partners.code(0), partners.code(1)];
    let pharmacy = &mut partners.pharmacy;
    let dispense = |code: &str| json!({ "codes": [code] });
    let path = "/api/v1/dispensings";
    pharmacy.act("first", path, &dispense(&codes[0])).await;
    pharmacy.kill();
    pharmacy.start().await;
    let again = pharmacy.post("again", path, &dispense(&codes[0])).await;
    assert_eq!(again.status, 409, "{}", again.body);
    let (_, height) = pharmacy.act("second", path, &dispense(&codes[1])).await;
    pharmacy.follow(height).await;
    assert_eq!(by_status(pharmacy).await, [("active", 8), ("dispensed", 2)]);

    let maker = &mut partners.maker;
    let batch = json!({
        "gtin": test_product().to_string(), "lot": "KILL", "expiry": "2049-12-31",
        "manufactured": "2026-01-01", "count": MANY,
    });
    let kept = maker
        .post("long", "/api/v1/batches?wait_ms=0", &batch)
        .await;
    assert_eq!(kept.status, 202, "{}", kept.body);
    maker.kill();
    maker.start().await;
    let job = format!("/api/v1/jobs/{}", text(&kept.body["intent"]));
    eventually("every pack is on the ledger", PATIENCE, || async {
        let job = maker.try_get(&job).await?;
        (job.body["state"] == "final").then_some(())
    })
    .await;
    // The first batch has left.
    assert_eq!(by_status(maker).await, [("active", u64::from(MANY))]);

    let refused = ask(&["database", "rebuild"], &partners.pharmacy);
    assert!(!refused.status.success(), "it runs on the database");
    let pharmacy = &mut partners.pharmacy;
    pharmacy.stop();
    let rebuilt = ask(&["database", "rebuild"], pharmacy);
    let said = String::from_utf8_lossy(&rebuilt.stderr);
    assert!(rebuilt.status.success(), "{said}");
    pharmacy.start().await;
    let (is_well, said) = doctor(pharmacy);
    assert!(is_well, "{said:#}");
    assert_eq!(by_status(pharmacy).await, [("active", 8), ("dispensed", 2)]);
}

/// Packs that a service's account holds, by their status.
async fn by_status(service: &Service) -> Vec<(&'static str, u64)> {
    let stock = service.get("/api/v1/stock").await.body;
    let lines = stock["stock"].as_array().expect("lines");
    let count = |status: &str| -> u64 {
        let of_it = lines.iter().filter(|line| line["status"] == status);
        of_it
            .filter_map(|line: &Value| line["packs"].as_u64())
            .sum()
    };
    let statuses = ["active", "dispensed", "locked"];
    let counts = statuses.map(|status| (status, count(status)));
    counts.into_iter().filter(|(_, packs)| *packs > 0).collect()
}
