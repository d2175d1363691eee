//! Labels as they come over HTTP.

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
