//! Pictures of labels.

use serde_json::Value;
use theriac_label::{Label, LabelContent, LabelOptions, LabelText};

use crate::anonymous::ledger;
use crate::running::{product, serial, start};

fn picture(content: LabelContent) -> Vec<u8> {
    let label = Label::new(content, LabelText::new(), LabelOptions::default());
    label.render_checked().unwrap().png
}

#[actix_web::test]
async fn picture_of_either_carrier_is_answered_like_its_code() {
    let running = start(ledger());
    let (gtin, serial) = (product(), serial(3));
    let link = format!("https://example.org/01/{gtin}/10/A1/21/{serial}");
    let elements = format!("01{gtin}10A1\u{1d}21{serial}");
    for content in [
        LabelContent::digital_link(link).unwrap(),
        LabelContent::element_string(elements).unwrap(),
    ] {
        let response = running.post("image/png", picture(content)).await;
        assert_eq!(response.status(), 200);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["answer"], "ACTIVE");
        assert_eq!(answer["code"]["serial"], serial.as_str());
    }
    running.stop().await;
}

#[actix_web::test]
async fn bytes_that_are_no_picture_are_unreadable_with_the_reason() {
    let running = start(ledger());
    let response = running.post("image/jpeg", b"not a picture".to_vec()).await;
    assert_eq!(response.status(), 200);
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["answer"], "UNREADABLE");
    assert!(answer["notes"][0].as_str().unwrap().contains("PNG"));
    running.stop().await;
}
