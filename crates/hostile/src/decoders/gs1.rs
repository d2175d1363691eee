//! What scanners, people and links give.

use theriac_gs1::{
    DigitalLink, DigitalLinkOptions, ElementString, EpcUrn, ScanOptions, ScannedCode,
    SeparatorSubstitute, UnknownAi, UriPart, percent_decode, percent_encode,
};

/// Element strings, with and without brackets: what is read is written and read again the same.
pub(crate) fn element_string(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(elements) = ElementString::parse(text) {
        let again = ElementString::parse(&elements.to_carrier_data());
        assert_eq!(again.as_ref(), Ok(&elements), "carrier data");
        judge(&elements, UnknownAi::Refuse);
    }
    for unknown in [UnknownAi::Refuse, UnknownAi::Keep] {
        if let Ok(elements) = ElementString::parse_bracketed(text, unknown) {
            judge(&elements, unknown);
        }
    }
}

fn judge(elements: &ElementString, unknown: UnknownAi) {
    let bracketed = elements.to_bracketed();
    let again = ElementString::parse_bracketed(&bracketed, unknown);
    assert_eq!(again.as_ref(), Ok(elements), "{bracketed}");
    let _ = elements.check_combinations();
    if let Ok(link) = DigitalLink::build("https://id.gs1.org", elements) {
        judge_link(&link, UnknownAi::Keep);
    }
}

/// Digital Link URIs.
pub(crate) fn digital_link(bytes: &[u8]) {
    for part in [UriPart::Path, UriPart::Query] {
        let text = String::from_utf8_lossy(bytes);
        let encoded = percent_encode(&text, part);
        assert_eq!(percent_decode(&encoded, part), text.as_bytes());
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for unknown in [UnknownAi::Refuse, UnknownAi::Keep] {
        let options = DigitalLinkOptions {
            unknown,
            ..DigitalLinkOptions::default()
        };
        if let Ok(link) = DigitalLink::parse_with(text, options) {
            judge_link(&link, unknown);
        }
    }
}

fn judge_link(link: &DigitalLink, unknown: UnknownAi) {
    let options = DigitalLinkOptions {
        unknown,
        ..DigitalLinkOptions::default()
    };
    let written = link.to_string();
    let again = DigitalLink::parse_with(&written, options);
    let again = again.map(|link| (link.stem().to_owned(), link.elements().clone()));
    let expected = (link.stem().to_owned(), link.elements().clone());
    assert_eq!(again, Ok(expected), "{written}");
}

/// EPC URNs.
pub(crate) fn epc_urn(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(urn) = EpcUrn::parse(text) {
        assert_eq!(EpcUrn::parse(&urn.to_string()), Ok(urn));
    }
}

/// Whatever a scanner gives, in any form, with and without its separators.
pub(crate) fn scan(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut options = ScanOptions::new(2026);
    options.substitutes = &SeparatorSubstitute::ALL;
    let readings = ScannedCode::readings_without_separators(text, &options);
    assert!(readings.len() <= 64);
    for code in ScannedCode::parse_with(text, &options)
        .into_iter()
        .chain(ScannedCode::parse(text, 2026))
        .chain(readings)
    {
        judge_scan(&code);
    }
}

/// A code names what its elements name: written as an element string it says the same.
fn judge_scan(code: &ScannedCode) {
    let data = code.elements.to_carrier_data();
    if let Ok(again) = ScannedCode::parse(&format!("]d2{data}"), 2026) {
        assert_eq!(again.gtin, code.gtin, "{data:?}");
        assert_eq!(again.serial, code.serial, "{data:?}");
        assert_eq!(again.lot, code.lot, "{data:?}");
        assert_eq!(again.expiry, code.expiry, "{data:?}");
        assert_eq!(again.sscc, code.sscc, "{data:?}");
    }
}
