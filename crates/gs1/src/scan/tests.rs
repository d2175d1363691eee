use super::*;
use crate::error::IdentifierError;

const YEAR: u16 = 2026;

fn hint_of(text: &str) -> Option<ScanHint> {
    ScannedCode::parse(text, YEAR).unwrap_err().hint
}

#[test]
fn every_form_of_a_pack_says_the_same() {
    for (text, form) in [
        (
            "]d2010952012345678817271200\u{1D}10AB/1\u{1D}21S-1\r",
            CodeForm::ElementString,
        ),
        (
            "\u{1D}010952012345678821S-1\u{1D}10AB/1\u{1D}17271200",
            CodeForm::ElementString,
        ),
        (
            "(01)09520123456788(17)271200(10)AB/1(21)S-1\n",
            CodeForm::Bracketed,
        ),
        (
            "https://id.gs1.org/01/09520123456788/10/AB%2F1/21/S-1?17=271200",
            CodeForm::DigitalLink,
        ),
        (
            "]Q1HTTPS://a.example/gtin/09520123456788/lot/AB%2F1/ser/S-1?exp=271200",
            CodeForm::DigitalLink,
        ),
    ] {
        let code = ScannedCode::parse(text, YEAR).unwrap();
        assert_eq!(code.form, form, "{text}");
        assert_eq!(code.gtin.unwrap().as_str(), "09520123456788");
        assert_eq!(code.lot.unwrap().as_str(), "AB/1");
        assert_eq!(code.serial.unwrap().as_str(), "S-1");
        let expiry = code.expiry.unwrap();
        assert_eq!(
            (expiry.date.to_string(), expiry.day_given),
            ("2027-12-31".to_owned(), false)
        );
    }
}

#[test]
fn units_places_and_plain_digits_are_read() {
    let pallet = ScannedCode::parse("]C100395201234567890129\u{1D}", YEAR);
    assert!(matches!(
        pallet.unwrap_err().reason,
        ScanReason::Elements(crate::ElementStringError::Value { .. })
    ));
    let pallet = ScannedCode::parse("376104250021234569", YEAR).unwrap();
    assert_eq!(pallet.sscc.unwrap().as_str(), "376104250021234569");
    let pallet = ScannedCode::parse("]C100376104250021234569029521234543213X", YEAR).unwrap_err();
    assert!(matches!(pallet.reason, ScanReason::Elements(_)));
    let pallet =
        ScannedCode::parse("(00)376104250021234569(02)09520123456788(37)24", YEAR).unwrap();
    assert_eq!(
        (pallet.content.unwrap().as_str(), pallet.count),
        ("09520123456788", Some(24))
    );
    let place = ScannedCode::parse("urn:epc:id:sgln:9521141.12345.400", YEAR).unwrap();
    assert_eq!(place.gln.unwrap().as_str(), "9521141123454");
    assert_eq!(place.gln_extension.unwrap().as_str(), "400");
    let item = ScannedCode::parse("]E02112345678900", YEAR).unwrap();
    assert_eq!(
        (item.form, item.symbology),
        (CodeForm::PlainDigits, Some(Symbology::Ean13))
    );
    let item = ScannedCode::parse("02345673", YEAR).unwrap();
    assert_eq!(item.gtin.unwrap().as_str(), "00000002345673");
}

#[test]
fn wrong_check_digit_of_plain_digits_is_named() {
    let error = ScannedCode::parse("9520123456789", YEAR).unwrap_err();
    assert!(matches!(
        error.reason,
        ScanReason::Identifier(IdentifierError::CheckDigit {
            expected: '8',
            found: '9',
            ..
        })
    ));
}

#[test]
fn a_date_that_the_year_does_not_have_is_refused() {
    assert_eq!(
        ScannedCode::parse("(01)09520123456788(17)230229", YEAR)
            .unwrap_err()
            .to_string(),
        "the value of (17) at character 19 is refused: the part from its character 1 breaks a \
         rule: a date is YYMMDD and exists, with day 00 for a whole month"
    );
}

#[test]
fn substitutes_count_only_where_allowed() {
    let text = "010952012345678810AB^21S-1";
    assert_eq!(
        hint_of(text),
        Some(ScanHint::SeparatorSubstituted(SeparatorSubstitute::Caret))
    );
    let mut options = ScanOptions::new(YEAR);
    options.substitutes = &[SeparatorSubstitute::Caret];
    let code = ScannedCode::parse_with(text, &options).unwrap();
    assert_eq!(code.serial.unwrap().as_str(), "S-1");
    for substitute in SeparatorSubstitute::ALL {
        for spelling in substitute.spellings() {
            let allowed = [substitute];
            let mut options = ScanOptions::new(YEAR);
            options.substitutes = &allowed;
            let text = format!("]d2010952012345678810AB{spelling}21S-1");
            let code = ScannedCode::parse_with(&text, &options).unwrap();
            assert_eq!(code.lot.unwrap().as_str(), "AB", "{spelling}");
        }
    }
}

#[test]
fn look_alikes_come_with_a_hint() {
    assert_eq!(hint_of("]D20109520123456788"), Some(ScanHint::CaseInverted));
    assert_eq!(
        hint_of("hTTPS://ID.GS1.ORG/01/09520123456788"),
        Some(ScanHint::CaseInverted)
    );
    assert_eq!(
        hint_of("010952012345678810ABCDEFGHIJK21SERIALNUMBER"),
        Some(ScanHint::SeparatorLost)
    );
    assert_eq!(hint_of("à&à)("), Some(ScanHint::KeyboardLayout));
    assert_eq!(
        hint_of("+d20109520123456788"),
        Some(ScanHint::KeyboardLayout)
    );
    assert_eq!(hint_of("hello"), None);
}

#[test]
fn carriers_without_gs1_data_are_refused_by_name() {
    let error = ScannedCode::parse("]A0CODE39", YEAR).unwrap_err();
    assert_eq!(
        error.reason,
        ScanReason::Symbology {
            prefix: "]A0".to_owned()
        }
    );
}

#[test]
fn the_same_element_twice_must_agree() {
    assert!(ScannedCode::parse("(01)09520123456788(10)A(10)A", YEAR).is_ok());
    assert!(ScannedCode::parse("(01)09520123456788(10)A(10)B", YEAR).is_err());
}

#[test]
fn a_lost_separator_leaves_readings_to_choose_from() {
    let options = ScanOptions::new(YEAR);
    let readings =
        ScannedCode::readings_without_separators("]d2010952012345678810AB21S117271231", &options);
    let says: Vec<_> = readings
        .iter()
        .map(|code| code.elements.to_bracketed())
        .collect();
    assert_eq!(
        says,
        [
            "(01)09520123456788(10)AB(21)S1(17)271231",
            "(01)09520123456788(10)AB(21)S117271231",
            "(01)09520123456788(10)AB21S1(17)271231",
            "(01)09520123456788(10)AB21S117271231",
        ]
    );
    let with_separator = "010952012345678810AB\u{1D}21S1";
    assert!(ScannedCode::readings_without_separators(with_separator, &options).is_empty());
}

#[test]
fn readings_are_bounded() {
    let options = ScanOptions::new(YEAR);
    let text = format!("010952012345678810{}", "21".repeat(15));
    assert!(ScannedCode::readings_without_separators(&text, &options).len() <= 64);
    let text = "01".repeat(3000);
    assert!(ScannedCode::readings_without_separators(&text, &options).is_empty());
}
