//! What is printed is read back the same, and nothing from outside panics.

use proptest::prelude::*;
use theriac_gs1::{
    Ai, CalendarDate, DigitalLink, ElementString, EpcUrn, ExpiryDate, Gln, Gtin, Lot, PrefixLength,
    ScanOptions, ScannedCode, SeparatorSubstitute, SerialNumber, Sscc, UnknownAi,
};

const SET_82: &str = "[!\"%&'()*+,./0-9:;<=>?A-Z_a-z-]{1,20}";

fn with_check_digit(payload: &str) -> String {
    let digits = "0123456789".chars();
    let numbers = digits.map(|digit| format!("{payload}{digit}"));
    let is_right = |number: &String| match number.len() {
        18 => Sscc::parse(number).is_ok(),
        13 => Gln::parse(number).is_ok(),
        _ => Gtin::parse(number).is_ok(),
    };
    let mut right: Vec<String> = numbers.filter(is_right).collect();
    assert_eq!(right.len(), 1, "one check digit fits");
    right.remove(0)
}

fn gtins() -> impl Strategy<Value = Gtin> {
    "[0-9]{13}".prop_map(|payload| Gtin::parse(&with_check_digit(&payload)).unwrap())
}

fn dates() -> impl Strategy<Value = CalendarDate> {
    (1_u16..=9999, 1_u8..=12, 1_u8..=31)
        .prop_filter_map("a day that exists", |(year, month, day)| {
            CalendarDate::new(year, month, day).ok()
        })
}

fn prefixes() -> impl Strategy<Value = PrefixLength> {
    (6_u8..=12).prop_map(|digits| PrefixLength::new(digits).unwrap())
}

/// An element string of a pack, in any order.
fn packs() -> impl Strategy<Value = ElementString> {
    (gtins(), SET_82, SET_82, dates())
        .prop_map(|(gtin, lot, serial, date)| {
            let date = date.to_yymmdd();
            [
                (Ai::GTIN, gtin.to_string()),
                (Ai::LOT, lot),
                (Ai::SERIAL, serial),
                // 29 February may not exist in the century that the reader chooses.
                (
                    Ai::EXPIRY,
                    if date.ends_with("0229") {
                        date.replace("0229", "0200")
                    } else {
                        date
                    },
                ),
            ]
        })
        .prop_flat_map(|elements| Just(elements.to_vec()).prop_shuffle())
        .prop_map(|elements| {
            ElementString::new(elements.iter().map(|(ai, value)| (*ai, value.as_str()))).unwrap()
        })
}

proptest! {
    #[test]
    fn element_strings_are_read_as_written(pack in packs()) {
        prop_assert_eq!(&ElementString::parse(&pack.to_carrier_data()).unwrap(), &pack);
        prop_assert_eq!(&ElementString::parse_bracketed(&pack.to_bracketed(), UnknownAi::Refuse).unwrap(), &pack);
        let code = ScannedCode::parse(&format!("]d2{}", pack.to_carrier_data()), 2026).unwrap();
        prop_assert_eq!(&code.elements, &pack);
        let lot = code.lot.unwrap();
        prop_assert_eq!(Some(lot.as_str()), pack.get(Ai::LOT));
    }

    #[test]
    fn links_are_read_as_built(pack in packs()) {
        let link = DigitalLink::build("https://id.gs1.org/p/", &pack).unwrap();
        let read = DigitalLink::parse(&link.to_string()).unwrap();
        prop_assert_eq!(&read, &link);
        for element in pack.elements() {
            prop_assert_eq!(read.elements().get(element.ai()), Some(element.value()));
        }
    }

    #[test]
    fn urns_are_read_as_written(gtin in gtins(), text in SET_82, prefix in prefixes(), payload in "[0-9]{17}") {
        let serial = SerialNumber::parse(&text).unwrap();
        let lot = Lot::parse(&text).unwrap();
        let sscc = Sscc::parse(&with_check_digit(&payload)).unwrap();
        let gln = Gln::parse(&with_check_digit(&payload[..12])).unwrap();
        for urn in [
            EpcUrn::Sgtin { gtin, serial, prefix },
            EpcUrn::Lgtin { gtin, lot, prefix },
            EpcUrn::Sscc { sscc, prefix },
            EpcUrn::Sgln { gln, extension: None, prefix },
            EpcUrn::Pgln { gln, prefix },
        ] {
            prop_assert_eq!(EpcUrn::parse(&urn.to_string()), Ok(urn));
        }
    }

    #[test]
    fn dates_count_days_in_order(date in dates(), other in dates()) {
        prop_assert_eq!(date.to_string().parse::<CalendarDate>(), Ok(date));
        prop_assert_eq!(date.cmp(&other), date.days_since_epoch().cmp(&other.days_since_epoch()));
        prop_assert_eq!(CalendarDate::from_yymmdd(&date.to_yymmdd(), date.year()), Ok(date));
    }

    #[test]
    fn one_wrong_digit_is_always_noticed(gtin in gtins(), index in 0_usize..14, change in 1_u8..10) {
        let mut digits = *gtin.as_bytes();
        digits[index] = b'0' + (digits[index] - b'0' + change) % 10;
        prop_assert!(Gtin::parse(std::str::from_utf8(&digits).unwrap()).is_err());
    }

    #[test]
    fn no_text_panics(text in any::<String>(), year in any::<u16>()) {
        read_everything(&text, year);
    }

    #[test]
    fn no_text_of_the_right_alphabet_panics(
        text in "(\\]d2|\\]Q1|https://a|urn:epc:id:s|\\(01\\))?[0-9A-Za-z\u{1D}()/?&=%.:;+é^|~-]{0,60}",
        year in any::<u16>(),
    ) {
        read_everything(&text, year);
    }

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        // Whether they decode does not matter; that decoding comes back does.
        let _ = borsh::from_slice::<Gtin>(&bytes);
        let _ = borsh::from_slice::<Lot>(&bytes);
        let _ = borsh::from_slice::<CalendarDate>(&bytes);
        read_everything(&String::from_utf8_lossy(&bytes), 2026);
    }
}

fn read_everything(text: &str, year: u16) {
    let mut options = ScanOptions::new(year);
    options.substitutes = &SeparatorSubstitute::ALL;
    for result in [
        ScannedCode::parse(text, year),
        ScannedCode::parse_with(text, &options),
    ] {
        if let Err(error) = result {
            assert!(!error.to_string().is_empty());
        }
    }
    let _ = ScannedCode::readings_without_separators(text, &options);
    let _ = ElementString::parse(text);
    let _ = ElementString::parse_bracketed(text, UnknownAi::Keep);
    let _ = DigitalLink::parse(text);
    let _ = EpcUrn::parse(text);
    let _ = ExpiryDate::from_yymmdd(text, year);
    let _ = text.parse::<CalendarDate>();
}

#[test]
fn days_are_counted_from_1970() {
    for (date, days) in [
        ("1970-01-01", 0),
        ("1969-12-31", -1),
        ("2000-03-01", 11_017),
        ("2026-11-22", 20_779),
    ] {
        assert_eq!(
            date.parse::<CalendarDate>().unwrap().days_since_epoch(),
            days,
            "{date}"
        );
    }
}
