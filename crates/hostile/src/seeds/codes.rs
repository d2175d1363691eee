//! Codes, pictures of them, events, files and bodies of requests.

use std::io::Cursor;

use image::ImageFormat;
use serde_json::{Value, json};
use theriac_epcis::{
    Action, AggregationEvent, BizStep, Disposition, Epc, Event, EventTime, ObjectEvent, document,
    event_to_json,
};
use theriac_gs1::{Gln, SerialNumber};
use theriac_label::{Label, LabelContent, LabelOptions, LabelText};
use theriac_ledger::testing::{gtin, sscc};

use super::{Seed, seed};

const COMMISSIONING: &str = include_str!("../../../../tests/vectors/epcis/commissioning.json");
const PACKING: &str = include_str!("../../../../tests/vectors/epcis/packing.json");
const SCANS: &str = include_str!("../../../gs1/tests/vectors/scans.json");

/// Texts that are read in one form only, by target.
const TEXTS: &[(&str, &str, &str)] = &[
    (
        "element_string",
        "pack",
        "010952012345678810AB1\u{1d}172712002112345",
    ),
    (
        "element_string",
        "bracketed",
        "(01)09520123456788(10)A\\(1)(17)271200",
    ),
    (
        "element_string",
        "unit",
        "00376104250021234569\u{1d}4140952012345672",
    ),
    (
        "element_string",
        "measures",
        "(01)09520123456788(3103)001750(3922)1050(8008)2612311530",
    ),
    (
        "digital_link",
        "pack",
        "https://a.example/p/01/9520123456788/10/A%2F1/21/x?17=271231&linkType=all#top",
    ),
    (
        "digital_link",
        "words",
        "https://a.example/gtin/9520123456788/lot/AB1/ser/7?exp=271231",
    ),
    (
        "digital_link",
        "unit",
        "http://a.example/00/376104250021234569",
    ),
    (
        "digital_link",
        "location",
        "https://id.gs1.org/414/9520123456788/254/A1",
    ),
    ("epc_urn", "sgtin", "urn:epc:id:sgtin:952012.0345678.7%26"),
    ("epc_urn", "lgtin", "urn:epc:class:lgtin:952012.0345678.AB1"),
    ("epc_urn", "sscc", "urn:epc:id:sscc:9520123.4567890123"),
    ("epc_urn", "sgln", "urn:epc:id:sgln:952012.345678.A1"),
    (
        "batch_file",
        "serials",
        "serial\nAB12CD34EF\nZZ-1\n\"quoted\"\n",
    ),
    (
        "batch_file",
        "columns",
        "\u{feff}serial,gtin,lot,expiry\r\nA1,09506000000017,L1,2027-12-31\r\nA2,09506000000017,L1,271231\r\n",
    ),
    (
        "batch_file",
        "bad-lines",
        "lot,serial\nL1,A1\nL2,A1\n,\nL1\n",
    ),
    (
        "request_body",
        "codes.json",
        r#"{"codes":["010952012345678810AB1\u001d172712002112345"],"units":["376104250021234569"]}"#,
    ),
    (
        "request_body",
        "packs.json",
        r#"{"packs":[{"run":"09506000000017~L1~0","first":0,"count":4}]}"#,
    ),
    ("request_body", "run", "run/09506000000017~L1~0"),
    ("request_body", "chunk", "chunk/09506000000017~L1~0~2"),
    ("request_body", "product", "product/09506000000017"),
    ("request_body", "validators", "validators/current"),
    ("request_body", "url", "http://127.0.0.1:8080"),
    ("epcis", "time", "2026-11-26T01:02:03.4567+02:00"),
];

pub(super) fn all() -> Vec<Seed> {
    let texts = TEXTS
        .iter()
        .map(|(target, name, text)| seed(target, *name, *text));
    let mut seeds: Vec<Seed> = texts.collect();
    seeds.extend(scans());
    seeds.extend(pictures());
    seeds.extend(events());
    seeds
}

fn scans() -> Vec<Seed> {
    let vectors: Value = serde_json::from_str(SCANS).expect("vectors read");
    let mut seeds = Vec::new();
    for kind in ["accepted", "refused"] {
        let cases = vectors[kind].as_array();
        for (index, case) in cases.into_iter().flatten().enumerate() {
            let text = case["text"].as_str().expect("a case has a text");
            seeds.push(seed("scan", format!("{kind}-{index}"), text));
        }
    }
    seeds
}

fn pictures() -> Vec<Seed> {
    let link = LabelContent::digital_link("HTTPS://A.EXAMPLE/01/09520123456788");
    let elements = LabelContent::element_string("0109520123456788172712002112345");
    let mut seeds = Vec::new();
    for (name, content) in [("qr", link), ("datamatrix", elements)] {
        let content = content.expect("content of a label");
        let label = Label::new(content, LabelText::new(), LabelOptions::default());
        let png = label.render_checked().expect("a label is drawn").png;
        let picture = image::load_from_memory(&png).expect("a label is a picture");
        let small = picture.thumbnail(120, 120).to_luma8();
        for (end, format) in [("png", ImageFormat::Png), ("jpeg", ImageFormat::Jpeg)] {
            let mut bytes = Cursor::new(Vec::new());
            small
                .write_to(&mut bytes, format)
                .expect("a picture is written");
            seeds.push(seed("picture", format!("{name}.{end}"), bytes.into_inner()));
        }
    }
    seeds
}

fn events() -> Vec<Seed> {
    let time = EventTime::from_unix_ms(1_767_225_600_000).expect("a time");
    let item = gtin("9506000", 1);
    let unit = sscc("9506000", 1);
    let serial = SerialNumber::parse("AB/12").expect("a serial number");
    let place = Gln::parse("9506000000008").expect("a GLN");
    let packed = Event::Aggregation(AggregationEvent {
        time,
        action: Action::Add,
        biz_step: BizStep::Packing,
        disposition: Some(Disposition::InProgress),
        parent: Epc::Sscc(unit),
        child_epcs: vec![Epc::Sgtin(item, serial)],
        child_quantities: Vec::new(),
        read_point: None,
        biz_location: None,
    });
    let shipped = Event::Object(ObjectEvent {
        time,
        action: Action::Observe,
        biz_step: BizStep::Shipping,
        disposition: Some(Disposition::InTransit),
        persistent_disposition: None,
        epcs: vec![Epc::Sscc(unit)],
        quantities: Vec::new(),
        read_point: Some(Epc::Sgln(place, None)),
        biz_location: None,
        source: None,
        destination: None,
        ilmd: None,
    });
    let events = [event_to_json(&packed), event_to_json(&shipped)];
    let foreign = json!({
        "@context": [{"ex": "https://ex.example/"}],
        "type": "TransformationEvent",
        "eventTime": "2026-11-26T01:02:03Z",
        "eventTimeZoneOffset": "+00:00",
        "ex:note": {"ex:b": [1.50, "x"], "ex:a": null},
        "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 2.60}]}],
    });
    let write = |value: &Value| value.to_string();
    let mut wrong = document(time, &[foreign.clone(), json!(3), events[1].clone()]);
    wrong["epcisBody"]["eventList"][2]["errorDeclaration"] = json!({
        "declarationTime": "2026-11-26T01:02:03Z",
        "reason": "did_not_occur",
    });
    vec![
        seed("epcis_document", "commissioning.json", COMMISSIONING),
        seed("epcis_document", "packing.json", PACKING),
        seed(
            "epcis_document",
            "own.json",
            write(&document(time, &events)),
        ),
        seed("epcis_document", "wrong.json", write(&wrong)),
        seed("epcis", "packed.json", write(&events[0])),
        seed("epcis", "shipped.json", write(&events[1])),
        seed("epcis", "document.json", write(&document(time, &events))),
        seed("epcis", "foreign.json", write(&foreign)),
    ]
}
