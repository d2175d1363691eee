//! The measurements, as short as they can be: whether they run, not what this machine does.

use serde_json::Value;
use theriac_testkit::program;

use crate::alone;

#[tokio::test]
async fn the_verifier_is_measured_on_right_answers_and_the_exit_code_follows_the_floors() {
    let _alone = alone().await;
    // One wrong answer would end the measurement without a report.
    check(&["verify", "--packs", "1000", "--seconds", "1"]);
}

#[tokio::test]
async fn a_soak_is_measured_and_says_on_which_machine() {
    let _alone = alone().await;
    let report = check(&["soak", "--rate", "10", "--seconds", "5"]);
    for name in ["date", "machine", "program", "settings"] {
        assert!(!report[name].is_null(), "{name}: {report}");
    }
}

#[tokio::test]
async fn what_users_of_the_services_wait_for_is_measured() {
    let _alone = alone().await;
    let report = check(&["services", "--packs", "2000", "--seconds", "1"]);
    let workloads = report["workloads"].as_array().expect("workloads");
    for name in [
        "import_file_100000",
        "labels_sheet_500",
        "stock_first_page",
        "dispense_at_the_counter",
    ] {
        assert!(
            workloads.iter().any(|row| row["name"] == name),
            "{name}: {report}"
        );
    }
}

/// Runs a bench, and compares its exit code with the floors that it reports.
fn check(arguments: &[&str]) -> Value {
    let output = program::run(&[&["bench", "--output", "json"], arguments].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout).expect(&said);
    for workload in report["workloads"].as_array().expect("workloads") {
        let answers = workload["transactions"].as_u64().expect("a count");
        assert!(answers > 0, "{workload}");
    }
    let floors = report["floors"].as_array().expect("floors");
    assert!(!floors.is_empty());
    let all_hold = floors.iter().all(|floor| floor["holds"] == true);
    assert_eq!(output.status.code(), Some(i32::from(!all_hold)), "{report}");
    report
}
