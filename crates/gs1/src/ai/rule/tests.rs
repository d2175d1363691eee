use super::*;

fn check(rule: ValueRule, kept: &[&str], broken: &[&str]) {
    for part in kept {
        assert!(rule.holds(part), "{part} keeps: {rule}");
    }
    for part in broken {
        assert!(!rule.holds(part), "{part} breaks: {rule}");
    }
}

#[test]
fn dates_exist() {
    check(
        ValueRule::Date,
        &["000229", "240229", "991231"],
        &["230229", "241301", "240100"],
    );
    check(
        ValueRule::DateOrMonth,
        &["240200", "271231"],
        &["240001", "270431", "271232"],
    );
    check(
        ValueRule::LongDate,
        &["20000229", "19991231"],
        &["19000229", "20230431", "20231301"],
    );
}

#[test]
fn times_exist() {
    check(ValueRule::HourMinute, &["0000", "2359"], &["2400", "1260"]);
    check(ValueRule::Hour, &["23"], &["24"]);
    check(ValueRule::Sixtieth, &["59"], &["60"]);
}

#[test]
fn check_characters_fit_the_published_global_model_number() {
    // GS1 General Specifications, section 7.9.5, worked example.
    check(
        ValueRule::CheckCharacters,
        &["1987654Ad4X4bL5ttr2310c2K"],
        &[
            "1987654Ad4X4bL5ttr2310c2L",
            "1987654ad4X4bL5ttr2310c2K",
            "2K",
            "K",
        ],
    );
}

#[test]
fn pieces_are_part_of_a_whole() {
    check(
        ValueRule::PieceOfTotal,
        &["0102", "9999"],
        &["0001", "0302", "0100"],
    );
    check(
        ValueRule::Sequence,
        &["1/3", "2/2"],
        &["3/2", "0/1", "1/", "+1/2"],
    );
}

#[test]
fn iban_has_its_check_number() {
    check(
        ValueRule::Iban,
        &["GB82WEST12345698765432"],
        &[
            "GB83WEST12345698765432",
            "GB82",
            "gb82WEST12345698765432",
            "",
        ],
    );
}

#[test]
fn small_rules_hold() {
    check(
        ValueRule::PercentEncoding,
        &["a%20b", ""],
        &["a%2", "%zz", "50%"],
    );
    check(ValueRule::NotZero, &["0001"], &["000"]);
    check(ValueRule::Winding, &["0", "1", "9"], &["2"]);
    check(ValueRule::NoLeadingZero, &["0", "10"], &["01"]);
    check(ValueRule::Prefix, &["1234X"], &["123X", "12"]);
    check(ValueRule::PrefixAfterFirst, &["X1234"], &["1234"]);
    check(ValueRule::MediaType, &["01", "10", "80"], &["00", "11"]);
    check(ValueRule::Longitude, &["3600000000"], &["3600000001"]);
    check(ValueRule::Latitude, &["1800000000"], &["1800000001"]);
}
