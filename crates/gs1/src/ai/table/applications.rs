//! Assets, services, signatures and company data: (8001) to (99).

use crate::ai::entry::{
    Entry, GLN, GSRN, GTIN, ITEM_OR_CONTENT, ai, ais, digits, digits_to, text_to, text39_to,
    text64_to,
};
use crate::ai::rule::ValueRule as R;

pub(super) static ENTRIES: &[Entry] = &[
    ai(
        "8001",
        "DIMENSIONS",
        &[
            digits(4).rule(R::NotZero),
            digits(5).rule(R::NotZero),
            digits(3).rule(R::NotZero),
            digits(1).rule(R::Winding),
            digits(1),
        ],
    )
    .attribute()
    .requires(&[&["01"]]),
    ai("8002", "CMT No.", &[text_to(20)]).attribute(),
    ai(
        "8003",
        "GRAI",
        &[digits(1).rule(R::Zero), GLN, text_to(16).optional()],
    )
    .attribute()
    .key(&[]),
    ai("8004", "GIAI", &[text_to(30).rule(R::Prefix)])
        .attribute()
        .key(&[&["7040"]]),
    ai("8005", "PRICE PER UNIT", &[digits(6)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ai("8006", "ITIP", &[GTIN, digits(4).rule(R::PieceOfTotal)])
        .attribute()
        .excludes(&["01", "03", "37"])
        .key(&[&["22", "10", "21"]]),
    ai("8007", "IBAN", &[text_to(34).rule(R::Iban)])
        .attribute()
        .requires(&[&["415"]]),
    ai(
        "8008",
        "PROD TIME",
        &[
            digits(6).rule(R::Date),
            digits(2).rule(R::Hour),
            digits(2).rule(R::Sixtieth).optional(),
            digits(2).rule(R::Sixtieth).optional(),
        ],
    )
    .attribute()
    .requires(&[&["01"], &["02"], &["03"]]),
    ai("8009", "OPTSEN", &[text_to(50)])
        .attribute()
        .requires(&[&["00"], &["01"], &["03"]]),
    ai("8010", "CPID", &[text39_to(30).rule(R::Prefix)])
        .attribute()
        .key(&[&["8011"]]),
    ai(
        "8011",
        "CPID SERIAL",
        &[digits_to(12).rule(R::NoLeadingZero)],
    )
    .requires(&[&["8010"]]),
    ai("8012", "VERSION", &[text_to(20)])
        .attribute()
        .requires(&[&["01"], &["03"], &["8006"]]),
    ai(
        "8013",
        "GMN",
        &[text_to(25).rule(R::CheckCharacters).rule(R::Prefix)],
    )
    .attribute()
    .key(&[]),
    ai(
        "8014",
        "MUDI",
        &[text_to(25)
            .rule(R::CheckCharacters)
            .rule(R::Prefix)
            .rule(R::NotOnlyDigits)],
    )
    .requires(&[&["01"]]),
    ai("8017", "GSRN - PROVIDER", &[GSRN])
        .attribute()
        .excludes(&["8018"])
        .key(&[&["8019"]]),
    ai("8018", "GSRN - RECIPIENT", &[GSRN])
        .attribute()
        .excludes(&["8017"])
        .key(&[&["8019"]]),
    ai("8019", "SRIN", &[digits_to(10)]).requires(&[&["8017"], &["8018"]]),
    ai("8020", "REF No.", &[text_to(25)]).requires(&[&["415"]]),
    ai(
        "8026",
        "ITIP CONTENT",
        &[GTIN, digits(4).rule(R::PieceOfTotal)],
    )
    .attribute()
    .requires(&[&["37"]])
    .excludes(&["02", "03", "8006"]),
    ai("8030", "DIGSIG", &[text64_to(90)])
        .attribute()
        .requires(&[
            &["00"],
            &["01", "21"],
            &["03", "21"],
            &["253"],
            &["255"],
            &["8003"],
            &["8004"],
            &["8006", "21"],
            &["8010", "8011"],
            &["8017"],
            &["8018"],
        ]),
    ai("8040", "IMEI", &[digits(15)]).requires(&[&["01", "21"]]),
    ai("8041", "IMEI2", &[digits(15)]).requires(&[&["01", "21", "8040"]]),
    ai("8042", "ESIM", &[digits(32)]).requires(&[&["01", "21", "8040"]]),
    ai("8043", "PSIM", &[digits(18), digits_to(2).optional()]).requires(&[&["01", "21", "8040"]]),
    ai("8110", "-", &[text_to(70)]).attribute(),
    ai("8111", "POINTS", &[digits(4)])
        .attribute()
        .requires(&[&["255"]]),
    ai("8112", "-", &[text_to(70)]).attribute(),
    ai("8200", "PRODUCT URL", &[text_to(70)]).requires(&[&["01"]]),
    ai("90", "INTERNAL", &[text_to(30)]).attribute(),
    ais("91", "99", "INTERNAL", &[text_to(90)]).attribute(),
];
