//! Labels that the manufacturer's service prints, on sheets and one by one.

use std::path::Path;

use serde_json::{Value, json};
use theriac_testkit::stock::test_product;

use super::caller::Caller;
use super::{LOT, Partners};
use crate::alone;

const LABEL: &str = "/api/v1/labels";
const SHEET: &str = "/api/v1/labels/sheets";
const BASE: &str = "https://id.gs1.org";
/// What the record says of the batch, as codes have it.
const EXPIRY: &str = "491231";
/// Packs of the sheet: with the batch and the units more than one page.
const PACKS: usize = 25;

/// One label of a sheet with what a reader must see: in a QR code, and in a `DataMatrix`.
struct Labelled {
    asked: Value,
    link: String,
    elements: String,
}

fn of_pack(serial: &str) -> Labelled {
    let gtin = test_product();
    Labelled {
        asked: json!({ "gtin": gtin.to_string(), "lot": LOT, "serial": serial }),
        link: format!("{BASE}/01/{gtin}/10/{LOT}/21/{serial}?17={EXPIRY}"),
        elements: format!("01{gtin}17{EXPIRY}10{LOT}\u{1d}21{serial}"),
    }
}

fn of_batch() -> Labelled {
    let gtin = test_product();
    Labelled {
        asked: json!({ "gtin": gtin.to_string(), "lot": LOT }),
        link: format!("{BASE}/01/{gtin}/10/{LOT}?17={EXPIRY}"),
        elements: format!("01{gtin}17{EXPIRY}10{LOT}"),
    }
}

fn of_unit(sscc: &str) -> Labelled {
    Labelled {
        asked: json!({ "sscc": sscc }),
        link: format!("{BASE}/00/{sscc}"),
        elements: format!("00{sscc}"),
    }
}

/// Keeps what the service printed where the independent reader of `cargo xtask test` finds it, with what that must
/// see.
fn keep(folder: &str, name: &str, picture: &[u8], contents: &str) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    std::fs::create_dir_all(&folder).expect("a folder of the tests' own");
    let file = folder.join(name);
    std::fs::write(&file, picture).expect("a file of the tests' own");
    std::fs::write(file.with_extension("txt"), contents).expect("a file of the tests' own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packs_a_batch_and_units_are_printed_on_one_sheet_and_one_by_one() {
    let _alone = alone().await;
    let partners = Partners::start(121).await;
    print_sheets(&partners).await;
    print_unit(&partners).await;
    refuse(&partners).await;
}

async fn print_sheets(partners: &Partners) {
    let maker = Caller::with_own_key(&partners.maker);
    let mut labels: Vec<Labelled> = vec![of_unit(&partners.pallet), of_batch()];
    labels.extend(partners.serials[..PACKS].iter().map(|one| of_pack(one)));
    labels.extend(partners.cases.iter().map(|case| of_unit(case)));
    let asked: Vec<&Value> = labels.iter().map(|label| &label.asked).collect();
    for carrier in ["qr", "datamatrix"] {
        let body = json!({ "labels": asked, "carrier": carrier, "outlines": true });
        let (kind, pdf) = maker.post_for_bytes(SHEET, &body).await;
        assert_eq!(kind, "application/pdf");
        assert!(pdf.starts_with(b"%PDF-"), "{carrier}");
        let contents: Vec<&str> = labels
            .iter()
            .map(|label| match carrier {
                "qr" => label.link.as_str(),
                _ => label.elements.as_str(),
            })
            .collect();
        let name = format!("service-{carrier}.pdf");
        keep("sheets", &name, &pdf, &contents.join("\n"));
    }
}

/// The label of a pallet, as the picture that printers take and as the one that scales.
async fn print_unit(partners: &Partners) {
    let maker = &partners.maker;
    let unit = of_unit(&partners.pallet);
    for (carrier, content) in [("qr", &unit.link), ("datamatrix", &unit.elements)] {
        let path = format!("{LABEL}?sscc={}&carrier={carrier}", partners.pallet);
        let png = maker.get_bytes(&path).await;
        assert!(png.starts_with(b"\x89PNG"), "{carrier}");
        keep("labels", &format!("unit-{carrier}.png"), &png, content);
        let svg = Caller::with_own_key(maker)
            .get(&format!("{path}&format=svg"))
            .await;
        assert_eq!(svg.header("content-type"), "image/svg+xml");
        assert!(svg.text.contains("<svg"), "{}", svg.text);
        assert!(svg.text.contains(&partners.pallet), "{}", svg.text);
    }
}

/// A sheet with something wrong is not printed, and what is wrong is named by its place.
async fn refuse(partners: &Partners) {
    let maker = &partners.maker;
    let pack = of_pack(&partners.serials[0]).asked;
    let mut both = pack.clone();
    both["sscc"] = partners.pallet.as_str().into();
    for (body, at) in [
        (json!({ "labels": [] }), "labels"),
        (json!({ "labels": [pack, both] }), "labels[1].gtin"),
        (
            json!({ "labels": [pack, { "sscc": "1" }] }),
            "labels[1].sscc",
        ),
        (json!({ "labels": [pack], "carrier": "ean" }), "carrier"),
        (json!({ "labels": [pack], "paper": "a5" }), "paper"),
    ] {
        let refused = maker.post("refused", SHEET, &body).await;
        assert_eq!(refused.status, 422, "{at}: {}", refused.body);
        assert_eq!(refused.body["errors"][0]["at"], at, "{}", refused.body);
    }
}
