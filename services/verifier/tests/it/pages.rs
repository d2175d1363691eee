//! The page for patients and the page for staff.

use theriac_ledger::action::{Dispense, RegisterProduct};
use theriac_ledger::encoding::BoundedText;
use theriac_ledger::testing::{Actor, TestLedger, gtin, packs, run_id};

use crate::anonymous::ledger;
use crate::running::{product, serial, start};

const PAGE_BYTES_MAX: usize = 15_000;
const SCRIPT: &str = "text/javascript; charset=utf-8";

#[actix_web::test]
async fn patient_page_is_small_plain_and_not_stored() {
    let running = start(ledger());
    let path = format!("/01/{}/10/A1/21/{}?17=271231", product(), serial(3));
    let response = running.get(&path).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert!(response.headers().get("set-cookie").is_none());
    let policy = response.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.contains("default-src 'none'"));
    let page = response.text().await.unwrap();
    assert!(page.len() < PAGE_BYTES_MAX, "{} bytes", page.len());
    assert!(page.contains("<html lang=\"en\">") && page.contains("viewport"));
    assert!(!page.contains("<script"));
    assert!(page.contains("Theriaca Andromachi") && page.contains("Apotheke Venezia"));
    assert!(page.contains("A copied code can look the same"));
    assert!(!page.to_lowercase().contains("genuine"));
    running.stop().await;
}

#[actix_web::test]
async fn patient_hears_that_a_supplied_pack_was_supplied() {
    let mut ledger = ledger();
    let run = run_id(product(), "A1", 0);
    ledger
        .hand_over(Actor::Maker, Actor::Pharmacy, run, &[(0, 10)])
        .unwrap();
    let packs = packs(run, &[(3, 1)]);
    ledger.act(Actor::Pharmacy, Dispense { packs }).unwrap();
    let running = start(ledger);
    let path = format!("/01/{}/10/A1/21/{}", product(), serial(3));
    let page = running.get(&path).await.text().await.unwrap();
    assert!(page.contains("Supplied</h1>") && page.contains("class=\"answer info\""));
    assert!(!page.contains("Farmacia"), "no names of holders");
    running.stop().await;
}

#[actix_web::test]
async fn patient_page_of_an_unknown_or_malformed_address_says_so_without_alarm() {
    let running = start(ledger());
    let unknown = format!("/01/{}/10/A1/21/NONE", product());
    let page = running.get(&unknown).await.text().await.unwrap();
    assert!(page.contains("Cannot confirm") && !page.contains("Theriaca"));
    for path in ["/01/123", "/01/", "/01/%3Cscript%3E/10/%22%3E"] {
        let response = running.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        let page = response.text().await.unwrap();
        assert!(page.contains("Cannot read the code"), "{path}");
        assert!(!page.contains("<script"));
    }
    running.stop().await;
}

#[actix_web::test]
async fn markup_in_a_product_name_is_shown_as_text() {
    let mut ledger = TestLedger::new(1);
    let number = gtin("9506000", 7);
    let named = RegisterProduct {
        name: BoundedText::parse("<b onclick=\"x\">Bold</b>").unwrap(),
        ..theriac_ledger::testing::product(number)
    };
    ledger.act(Actor::Maker, named).unwrap();
    ledger.commission(Actor::Maker, number, ("A1", 0), (0, 1));
    let running = start(ledger);
    let path = format!("/01/{number}/10/A1/21/{}", serial(0));
    let page = running.get(&path).await.text().await.unwrap();
    assert!(page.contains("&lt;b onclick=&quot;x&quot;&gt;Bold"));
    assert!(!page.contains("<b "));
    running.stop().await;
}

#[actix_web::test]
async fn staff_page_asks_nothing_of_other_hosts() {
    let running = start(ledger());
    for (path, media_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/app.js", SCRIPT),
        ("/checker.js", SCRIPT),
        ("/draw.js", SCRIPT),
        ("/proof.js", SCRIPT),
        ("/style.css", "text/css; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
    ] {
        let response = running.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], media_type);
        let text = response.text().await.unwrap();
        let foreign = text.replace("http://www.w3.org/2000/svg", "");
        assert!(
            !foreign.contains("http://") && !foreign.contains("https://"),
            "{path}"
        );
        if path == "/" {
            // The security policy allows no script inside the page.
            assert!(!text.contains("onclick") && !text.contains("<style"));
            assert_eq!(text.matches("<script").count(), 1);
            assert!(text.contains("aria-live") && text.contains("lang=\"en\""));
        }
    }
    running.stop().await;
}

#[actix_web::test]
async fn check_of_evidence_is_served_whole_or_not_at_all() {
    let running = start(ledger());
    let script = running.get("/evidence.js").await;
    let module = running.get("/evidence.wasm").await;
    assert_eq!(script.status(), module.status());
    // Without `cargo xtask web` this build holds none, and the page says so.
    if script.status() == 404 {
        assert_eq!(module.headers()["content-type"], "application/problem+json");
    } else {
        assert_eq!(script.headers()["content-type"], SCRIPT);
        assert_eq!(module.headers()["content-type"], "application/wasm");
        let bytes = module.bytes().await.unwrap();
        assert!(bytes.starts_with(b"\0asm"));
    }
    running.stop().await;
}
