use super::*;

/// URN and what it names; the first four from the Tag Data Standard, section 6.3 and 8.3.
const URNS: [(&str, &str); 8] = [
    (
        "urn:epc:id:sgtin:9521141.012345.4711",
        "09521141123454 4711",
    ),
    ("urn:epc:id:sscc:9521141.1234567890", "195211412345678900"),
    ("urn:epc:id:sgln:9521141.12345.400", "9521141123454 400"),
    (
        "urn:epc:class:lgtin:9521141.712345.998877",
        "79521141123453 998877",
    ),
    ("urn:epc:id:sgln:9521141.12345.0", "9521141123454"),
    ("urn:epc:id:sgln:952114112345..0", "9521141123454"),
    ("urn:epc:id:pgln:9521141.12345", "9521141123454"),
    (
        "urn:epc:id:sgtin:952114112345.0.a%2Fb%25.c",
        "09521141123454 a/b%.c",
    ),
];

fn describe(urn: &EpcUrn) -> String {
    match urn {
        EpcUrn::Sgtin { gtin, serial, .. } => format!("{gtin} {serial}"),
        EpcUrn::Lgtin { gtin, lot, .. } => format!("{gtin} {lot}"),
        EpcUrn::Sscc { sscc, .. } => sscc.to_string(),
        EpcUrn::Sgln {
            gln,
            extension: Some(extension),
            ..
        } => format!("{gln} {extension}"),
        EpcUrn::Sgln {
            gln,
            extension: None,
            ..
        }
        | EpcUrn::Pgln { gln, .. } => gln.to_string(),
    }
}

#[test]
fn urns_are_read_and_printed_the_same() {
    for (text, meaning) in URNS {
        let urn = EpcUrn::parse(text).unwrap();
        assert_eq!(describe(&urn), meaning);
        assert_eq!(urn.to_string(), text);
    }
}

#[test]
fn wrong_urns_are_refused_with_the_place() {
    for (text, message) in [
        ("urn:epc:id:grai:9521141.12345.1", "only urn:epc:id:sgtin:"),
        (
            "urn:epc:id:sgtin:9521141.012345",
            "the URN has 2 parts between dots, 3 are needed",
        ),
        (
            "urn:epc:id:sscc:9521141.123.4",
            "the URN has 3 parts between dots, 2 are needed",
        ),
        (
            "urn:epc:id:sgtin:95211.01234567.1",
            "6 to 12 digits, this one has 5",
        ),
        (
            "urn:epc:id:sgtin:9521141.01234.1",
            "have 12 digits together, 13 are needed",
        ),
        (
            "urn:epc:id:sgtin:9521141.0x2345.1",
            "character 2 of the GTIN is 'x'",
        ),
        (
            "urn:epc:id:sgtin:9521141.012345.a/b",
            "character 2 of the last part is '/'",
        ),
        (
            "urn:epc:id:sgtin:9521141.012345.a%2",
            "character 2 of the last part is '%'",
        ),
        (
            "urn:epc:id:sgtin:9521141.012345.a%20b",
            "character 2 of the serial number is ' '",
        ),
        (
            "urn:epc:id:sgtin:9521141.012345.",
            "has 0 characters, 1 to 20 are needed",
        ),
    ] {
        let refusal = EpcUrn::parse(text).unwrap_err().to_string();
        assert!(refusal.contains(message), "{text}: {refusal}");
    }
}
