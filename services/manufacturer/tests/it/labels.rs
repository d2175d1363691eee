//! Labels as they come over HTTP.

use serde_json::json;
use theriac_gs1::ScannedCode;
use theriac_label::read_codes;

use crate::running::{EXPIRY, GTIN, LOT, faults, read, running};

#[actix_web::test]
async fn label_png_reads_back_as_the_pack_it_was_made_for() {
    let running = running().await;
    for carrier in ["qr", "datamatrix"] {
        let path = format!("/api/v1/labels?gtin={GTIN}&lot={LOT}&serial=S7&carrier={carrier}");
        let response = running.get(&path).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "image/png");
        let picture = response.bytes().await.unwrap();
        let text = read_codes(&picture).unwrap().remove(0).text;
        let code = ScannedCode::parse(&text, 2026).unwrap();
        assert_eq!(code.gtin.unwrap().as_str(), GTIN);
        assert_eq!(code.serial.unwrap().as_str(), "S7");
        // The expiry is that on record.
        assert_eq!(code.expiry.unwrap().date.to_string(), EXPIRY);
    }
    running.stop().await;
}

#[actix_web::test]
async fn lot_label_is_an_svg_without_a_serial() {
    let running = running().await;
    let path = format!("/api/v1/labels?gtin={GTIN}&lot={LOT}&format=svg");
    let response = running.get(&path).await;
    assert_eq!(response.headers()["content-type"], "image/svg+xml");
    let text = response.text().await.unwrap();
    assert!(text.starts_with("<svg") || text.contains("<svg"), "{text}");
    running.stop().await;
}

#[actix_web::test]
async fn wrong_check_digit_on_a_label_is_refused() {
    let running = running().await;
    let path = format!("/api/v1/labels?gtin=09506000134353&lot={LOT}&carrier=code39");
    let (status, problem) = read(running.get(&path).await).await;
    assert_eq!(status, 422, "{problem}");
    let codes: Vec<_> = faults(&problem).into_iter().map(|(_, code)| code).collect();
    assert_eq!(codes, ["word_invalid", "wrong_check_digit"]);
    running.stop().await;
}

#[actix_web::test]
async fn a_sheet_of_pack_lot_and_case_labels_is_a_pdf() {
    let running = running().await;
    let body = json!({
        "labels": [
            { "gtin": GTIN, "lot": LOT, "serial": "S1" },
            { "gtin": GTIN, "lot": LOT },
            { "sscc": "095060000000000015" },
        ],
        "carrier": "datamatrix",
        "paper": "letter",
        "label": { "width_mm": 63.5, "height_mm": 38.1 },
        "outlines": true,
    });
    let response = running.post("-", "/api/v1/labels/sheets", &body).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/pdf");
    let pdf = response.bytes().await.unwrap();
    assert!(pdf.starts_with(b"%PDF-"));
    running.stop().await;
}

#[actix_web::test]
async fn everything_wrong_with_a_sheet_is_listed_at_once() {
    let running = running().await;
    let body = json!({
        "labels": [{ "gtin": GTIN, "lot": LOT }, { "gtin": "09506000134353", "lot": LOT }, {}],
        "carrier": "code39",
        "label": { "width_mm": -1.0, "height_mm": 20.0 },
        "module_micrometres": 10,
    });
    let (status, problem) = read(running.post("-", "/api/v1/labels/sheets", &body).await).await;
    assert_eq!(status, 422, "{problem}");
    let places: Vec<_> = faults(&problem).into_iter().map(|(at, _)| at).collect();
    assert_eq!(
        places,
        [
            "carrier",
            "module_micrometres",
            "label.width_mm",
            "labels[1].gtin",
            "labels[2].gtin"
        ]
    );
    let too_small = json!({
        "labels": [{ "gtin": GTIN, "lot": LOT }],
        "label": { "width_mm": 20.0, "height_mm": 20.0 },
    });
    let (status, problem) =
        read(running.post("-", "/api/v1/labels/sheets", &too_small).await).await;
    assert_eq!(status, 422, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("micrometres"));
    running.stop().await;
}
