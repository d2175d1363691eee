//! Orders, places and transport: (400) to (4333).

use crate::ai::entry::{ADDRESS, ANY_ITEM, DATE, Entry, GLN, UNIT, ai, digits, text, text_to};
use crate::ai::rule::ValueRule as R;

pub(super) static ENTRIES: &[Entry] = &[
    ai("400", "ORDER NUMBER", &[text_to(30)]).attribute(),
    ai("401", "GINC", &[text_to(30).rule(R::Prefix)])
        .attribute()
        .key(&[]),
    ai(
        "402",
        "GSIN",
        &[digits(17).rule(R::CheckDigit).rule(R::Prefix)],
    )
    .attribute()
    .key(&[]),
    ai("403", "ROUTE", &[text_to(30)])
        .attribute()
        .requires(UNIT),
    ai("410", "SHIP TO LOC", &[GLN]).predefined().attribute(),
    ai("411", "BILL TO", &[GLN]).predefined().attribute(),
    ai("412", "PURCHASE FROM", &[GLN]).predefined().attribute(),
    ai("413", "SHIP FOR LOC", &[GLN]).predefined().attribute(),
    ai("414", "LOC No.", &[GLN])
        .predefined()
        .attribute()
        .key(&[&["254"], &["7040"]]),
    ai("415", "PAY TO", &[GLN])
        .predefined()
        .attribute()
        .requires(&[&["8020"]])
        .key(&[&["8020"]]),
    ai("416", "PROD/SERV LOC", &[GLN]).predefined().attribute(),
    ai("417", "PARTY", &[GLN])
        .predefined()
        .attribute()
        .key(&[&["7040"]]),
    ai("420", "SHIP TO POST", &[text_to(20)])
        .attribute()
        .excludes(&["421"]),
    ai("421", "SHIP TO POST", &[digits(3), text_to(9)])
        .attribute()
        .excludes(&["4307"]),
    ai("422", "ORIGIN", &[digits(3)])
        .attribute()
        .requires(ANY_ITEM)
        .excludes(&["426"]),
    ai(
        "423",
        "COUNTRY - INITIAL PROCESS",
        &[
            digits(3),
            digits(3).optional(),
            digits(3).optional(),
            digits(3).optional(),
            digits(3).optional(),
        ],
    )
    .attribute()
    .requires(&[&["01"], &["02"], &["03"]])
    .excludes(&["426"]),
    ai("424", "COUNTRY - PROCESS", &[digits(3)])
        .attribute()
        .requires(&[&["01"], &["02"], &["03"]])
        .excludes(&["426"]),
    ai(
        "425",
        "COUNTRY - DISASSEMBLY",
        &[
            digits(3),
            digits(3).optional(),
            digits(3).optional(),
            digits(3).optional(),
            digits(3).optional(),
        ],
    )
    .attribute()
    .requires(&[&["01"], &["02"], &["03"]])
    .excludes(&["426"]),
    ai("426", "COUNTRY - FULL PROCESS", &[digits(3)])
        .attribute()
        .requires(&[&["01"], &["02"], &["03"]]),
    ai("427", "ORIGIN SUBDIVISION", &[text_to(3)])
        .attribute()
        .requires(&[&["01", "422"], &["02", "422"], &["03", "422"]]),
    ai(
        "4300",
        "SHIP TO COMP",
        &[text_to(35).rule(R::PercentEncoding)],
    )
    .attribute()
    .requires(UNIT),
    ai(
        "4301",
        "SHIP TO NAME",
        &[text_to(35).rule(R::PercentEncoding)],
    )
    .attribute()
    .requires(UNIT),
    ai("4302", "SHIP TO ADD1", &[ADDRESS])
        .attribute()
        .requires(UNIT),
    ai("4303", "SHIP TO ADD2", &[ADDRESS])
        .attribute()
        .requires(&[&["4302"]]),
    ai("4304", "SHIP TO SUB", &[ADDRESS])
        .attribute()
        .requires(UNIT),
    ai("4305", "SHIP TO LOC", &[ADDRESS])
        .attribute()
        .requires(UNIT),
    ai("4306", "SHIP TO REG", &[ADDRESS])
        .attribute()
        .requires(UNIT),
    ai("4307", "SHIP TO COUNTRY", &[text(2)])
        .attribute()
        .requires(UNIT),
    ai("4308", "SHIP TO PHONE", &[text_to(30)])
        .attribute()
        .requires(UNIT),
    ai(
        "4309",
        "SHIP TO GEO",
        &[digits(10).rule(R::Latitude), digits(10).rule(R::Longitude)],
    )
    .attribute()
    .requires(UNIT),
    ai(
        "4310",
        "RTN TO COMP",
        &[text_to(35).rule(R::PercentEncoding)],
    )
    .attribute()
    .requires(UNIT),
    ai(
        "4311",
        "RTN TO NAME",
        &[text_to(35).rule(R::PercentEncoding)],
    )
    .attribute()
    .requires(UNIT),
    ai("4312", "RTN TO ADD1", &[ADDRESS])
        .attribute()
        .requires(UNIT),
    ai("4313", "RTN TO ADD2", &[ADDRESS])
        .attribute()
        .requires(&[&["4312"]]),
    ai("4314", "RTN TO SUB", &[ADDRESS])
        .attribute()
        .requires(UNIT),
    ai("4315", "RTN TO LOC", &[ADDRESS])
        .attribute()
        .requires(UNIT),
    ai("4316", "RTN TO REG", &[ADDRESS])
        .attribute()
        .requires(UNIT),
    ai("4317", "RTN TO COUNTRY", &[text(2)])
        .attribute()
        .requires(UNIT),
    ai("4318", "RTN TO POST", &[text_to(20)])
        .attribute()
        .requires(UNIT),
    ai("4319", "RTN TO PHONE", &[text_to(30)])
        .attribute()
        .requires(UNIT),
    ai(
        "4320",
        "SRV DESCRIPTION",
        &[text_to(35).rule(R::PercentEncoding)],
    )
    .attribute()
    .requires(UNIT),
    ai("4321", "DANGEROUS GOODS", &[digits(1).rule(R::YesNo)])
        .attribute()
        .requires(UNIT),
    ai("4322", "AUTH TO LEAVE", &[digits(1).rule(R::YesNo)])
        .attribute()
        .requires(UNIT),
    ai("4323", "SIG REQUIRED", &[digits(1).rule(R::YesNo)])
        .attribute()
        .requires(UNIT),
    ai(
        "4324",
        "NOT BEF DEL DT",
        &[DATE, digits(4).rule(R::HourMinute)],
    )
    .attribute()
    .requires(UNIT),
    ai(
        "4325",
        "NOT AFT DEL DT",
        &[DATE, digits(4).rule(R::HourMinute)],
    )
    .attribute()
    .requires(UNIT),
    ai("4326", "REL DATE", &[digits(6).rule(R::Date)])
        .attribute()
        .requires(UNIT),
    ai(
        "4330",
        "MAX TEMP F.",
        &[digits(6), text(1).rule(R::Hyphen).optional()],
    )
    .attribute()
    .requires(UNIT)
    .excludes(&["4331"]),
    ai(
        "4331",
        "MAX TEMP C.",
        &[digits(6), text(1).rule(R::Hyphen).optional()],
    )
    .attribute()
    .requires(UNIT)
    .excludes(&["4330"]),
    ai(
        "4332",
        "MIN TEMP F.",
        &[digits(6), text(1).rule(R::Hyphen).optional()],
    )
    .attribute()
    .requires(UNIT)
    .excludes(&["4333"]),
    ai(
        "4333",
        "MIN TEMP C.",
        &[digits(6), text(1).rule(R::Hyphen).optional()],
    )
    .attribute()
    .requires(UNIT)
    .excludes(&["4332"]),
];
