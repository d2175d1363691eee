//! What is refused, and how.

use theriac_ledger::testing::sscc;

use crate::running::{Chain, number};

#[actix_web::test]
async fn what_is_not_on_record_is_not_found_and_what_is_malformed_is_named() {
    let mut chain = Chain::new().await;
    chain.commission("A1", 1).await;
    let running = chain.serve().await;
    let gtin = number();
    let cases = [
        (format!("packs?code=(01){gtin}(21)NONE"), 404, "not_found"),
        (format!("packs?code=(01){gtin}(10)A1"), 400, "invalid_query"),
        ("packs?code=(01)123".to_owned(), 400, "invalid_query"),
        ("packs".to_owned(), 400, "invalid_query"),
        (format!("lots/{gtin}/NONE"), 404, "not_found"),
        ("lots/123/A1".to_owned(), 400, "invalid_path"),
        (format!("units/{}", sscc("9506000", 9)), 404, "not_found"),
        ("units/123".to_owned(), 400, "invalid_path"),
    ];
    for (path, expected, code) in cases {
        let (status, body) = running.get(&format!("/api/v1/provenance/{path}")).await;
        assert_eq!(status, expected, "{path}: {body}");
        assert_eq!(body["code"], code, "{path}");
        assert!(!body["detail"].as_str().unwrap().is_empty());
    }
    running.stop().await;
}

#[actix_web::test]
async fn nothing_is_told_without_a_key_that_may_read() {
    let mut chain = Chain::new().await;
    chain.commission("A1", 1).await;
    let running = chain.serve().await;
    let lot = format!("/api/v1/provenance/lots/{}/A1", number());
    let unit = format!("/api/v1/provenance/units/{}", sscc("9506000", 1));
    for path in [
        "/api/v1/provenance/packs?code=x",
        lot.as_str(),
        unit.as_str(),
    ] {
        assert_eq!(running.get_as(path, None).await.status(), 401, "{path}");
        let blind = running.get_as(path, Some(&running.blind_key)).await;
        assert_eq!(blind.status(), 403, "{path}");
    }
    running.stop().await;
}
