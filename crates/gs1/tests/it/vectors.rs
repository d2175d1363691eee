//! The vectors under `tests/vectors`, written from the standards.

use serde_json::Value;
use theriac_gs1::{
    CompanyPrefix, ExpiryDate, Gln, Gtin, IdentifierError, Lot, ScannedCode, SerialNumber, Sscc,
};

fn cases(text: &str, list: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(text).unwrap();
    file[list].as_array().unwrap().clone()
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap()
}

fn parse_identifier(case: &Value) -> Result<String, IdentifierError> {
    let input = text(case, "text");
    match text(case, "kind") {
        "gtin" => Gtin::parse(input).map(|value| value.to_string()),
        "sscc" => Sscc::parse(input).map(|value| value.to_string()),
        "gln" => Gln::parse(input).map(|value| value.to_string()),
        "lot" => Lot::parse(input).map(|value| value.to_string()),
        "serial" => SerialNumber::parse(input).map(|value| value.to_string()),
        "prefix" => CompanyPrefix::parse(input).map(|value| value.to_string()),
        other => panic!("no identifier {other}"),
    }
}

#[test]
fn identifiers_are_read_or_refused_as_the_vectors_say() {
    let file = include_str!("../vectors/identifiers.json");
    for case in cases(file, "accepted") {
        assert_eq!(
            parse_identifier(&case).unwrap(),
            text(&case, "value"),
            "{case}"
        );
    }
    for case in cases(file, "refused") {
        assert_eq!(
            parse_identifier(&case).unwrap_err().to_string(),
            text(&case, "error")
        );
    }
}

#[test]
fn dates_are_read_or_refused_as_the_vectors_say() {
    let file = include_str!("../vectors/dates.json");
    let parse = |case: &Value| {
        let year = u16::try_from(case["reference_year"].as_u64().unwrap()).unwrap();
        ExpiryDate::from_yymmdd(text(case, "text"), year)
    };
    for case in cases(file, "accepted") {
        let expiry = parse(&case).unwrap();
        assert_eq!(expiry.date.to_string(), text(&case, "date"), "{case}");
        assert_eq!(
            expiry.day_given,
            case["day_given"].as_bool().unwrap(),
            "{case}"
        );
        assert_eq!(expiry.to_yymmdd(), text(&case, "text"));
        assert_eq!(expiry.to_string().parse(), Ok(expiry));
    }
    for case in cases(file, "refused") {
        assert_eq!(parse(&case).unwrap_err().to_string(), text(&case, "error"));
    }
}

#[test]
fn scans_are_read_or_refused_as_the_vectors_say() {
    let file = include_str!("../vectors/scans.json");
    for case in cases(file, "accepted") {
        let code = ScannedCode::parse(text(&case, "text"), 2026).unwrap();
        assert_eq!(code.elements.to_bracketed(), text(&case, "says"), "{case}");
    }
    for case in cases(file, "refused") {
        let error = ScannedCode::parse(text(&case, "text"), 2026).unwrap_err();
        assert_eq!(error.to_string(), text(&case, "error"), "{case}");
    }
}

#[test]
fn company_prefix_owns_the_numbers_that_begin_with_it() {
    let gtin = Gtin::parse("19520123456785").unwrap();
    let sscc = Sscc::parse("376104250021234569").unwrap();
    assert!(CompanyPrefix::parse("952012").unwrap().matches_gtin(&gtin));
    assert!(!CompanyPrefix::parse("195201").unwrap().matches_gtin(&gtin));
    assert!(CompanyPrefix::parse("7610425").unwrap().matches_sscc(&sscc));
    assert!(!CompanyPrefix::parse("7610426").unwrap().matches_sscc(&sscc));
    let gln = Gln::parse("9520123456788").unwrap();
    assert!(CompanyPrefix::parse("952012").unwrap().matches_gln(&gln));
    assert!(!CompanyPrefix::parse("520123").unwrap().matches_gln(&gln));
}
