//! Industry data, national health numbers, certificates and people: (7001) to (7259).

use crate::ai::entry::{
    ADDRESS, Entry, ITEM_OR_CONTENT, UNIT, ai, digits, digits_to, text, text_to,
};
use crate::ai::rule::ValueRule as R;

pub(super) static ENTRIES: &[Entry] = &[
    ai("7001", "NSN", &[digits(13)]).attribute().requires(&[
        &["01"],
        &["02"],
        &["8006"],
        &["8026"],
    ]),
    ai("7002", "MEAT CUT", &[text_to(30)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ai(
        "7003",
        "EXPIRY TIME",
        &[digits(6).rule(R::Date), digits(4).rule(R::HourMinute)],
    )
    .attribute()
    .requires(&[&["01"], &["02"], &["03"]]),
    ai("7004", "ACTIVE POTENCY", &[digits_to(4)])
        .attribute()
        .requires(&[&["01", "10"], &["03", "10"]]),
    ai("7005", "CATCH AREA", &[text_to(12)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ai("7006", "FIRST FREEZE DATE", &[digits(6).rule(R::Date)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ai(
        "7007",
        "HARVEST DATE",
        &[digits(6).rule(R::Date), digits(6).rule(R::Date).optional()],
    )
    .attribute()
    .requires(ITEM_OR_CONTENT),
    ai("7008", "AQUATIC SPECIES", &[text_to(3)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ai("7009", "FISHING GEAR TYPE", &[text_to(10)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ai("7010", "PROD METHOD", &[text_to(2)])
        .attribute()
        .requires(&[&["01"], &["02"], &["03"]]),
    ai(
        "7011",
        "TEST BY DATE",
        &[
            digits(6).rule(R::Date),
            digits(4).rule(R::HourMinute).optional(),
        ],
    )
    .attribute()
    .requires(&[&["01"], &["02"], &["03"]]),
    ai("7020", "REFURB LOT", &[text_to(20)])
        .attribute()
        .requires(&[&["01", "416"], &["03", "416"], &["8006", "416"]]),
    ai("7021", "FUNC STAT", &[text_to(20)])
        .attribute()
        .requires(&[&["01"], &["03"], &["8006"]]),
    ai("7022", "REV STAT", &[text_to(20)])
        .attribute()
        .requires(&[&["01", "7021"], &["03", "7021"], &["8006", "7021"]]),
    ai("7023", "GIAI - ASSEMBLY", &[text_to(30).rule(R::Prefix)]).attribute(),
    ai("7030", "PROCESSOR # 0", &[digits(3), text_to(27)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ai("7031", "PROCESSOR # 1", &[digits(3), text_to(27)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ai("7032", "PROCESSOR # 2", &[digits(3), text_to(27)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ai("7033", "PROCESSOR # 3", &[digits(3), text_to(27)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ai("7034", "PROCESSOR # 4", &[digits(3), text_to(27)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ai("7035", "PROCESSOR # 5", &[digits(3), text_to(27)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ai("7036", "PROCESSOR # 6", &[digits(3), text_to(27)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ai("7037", "PROCESSOR # 7", &[digits(3), text_to(27)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ai("7038", "PROCESSOR # 8", &[digits(3), text_to(27)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ai("7039", "PROCESSOR # 9", &[digits(3), text_to(27)])
        .attribute()
        .requires(ITEM_OR_CONTENT),
    ai(
        "7040",
        "UIC+EXT",
        &[digits(1), text(1), text(1), text(1).rule(R::ImporterIndex)],
    ),
    ai("7041", "UFRGT UNIT TYPE", &[text_to(4)]).requires(UNIT),
    ai("710", "NHRN PZN", &[text_to(20)])
        .attribute()
        .requires(&[&["01"]]),
    ai("711", "NHRN CIP", &[text_to(20)])
        .attribute()
        .requires(&[&["01"]]),
    ai("712", "NHRN CN", &[text_to(20)])
        .attribute()
        .requires(&[&["01"]]),
    ai("713", "NHRN DRN", &[text_to(20)])
        .attribute()
        .requires(&[&["01"]]),
    ai("714", "NHRN AIM", &[text_to(20)])
        .attribute()
        .requires(&[&["01"]]),
    ai("715", "NHRN NDC", &[text_to(20)])
        .attribute()
        .requires(&[&["01"]]),
    ai("716", "NHRN AIC", &[text_to(20)])
        .attribute()
        .requires(&[&["01"]]),
    ai("717", "NHRN SRN", &[text_to(20)])
        .attribute()
        .requires(&[&["01"]]),
    ai("7230", "CERT # 1", &[text(2), text_to(28)])
        .attribute()
        .requires(&[&["01"], &["8004"]]),
    ai("7231", "CERT # 2", &[text(2), text_to(28)])
        .attribute()
        .requires(&[&["01"], &["8004"]]),
    ai("7232", "CERT # 3", &[text(2), text_to(28)])
        .attribute()
        .requires(&[&["01"], &["8004"]]),
    ai("7233", "CERT # 4", &[text(2), text_to(28)])
        .attribute()
        .requires(&[&["01"], &["8004"]]),
    ai("7234", "CERT # 5", &[text(2), text_to(28)])
        .attribute()
        .requires(&[&["01"], &["8004"]]),
    ai("7235", "CERT # 6", &[text(2), text_to(28)])
        .attribute()
        .requires(&[&["01"], &["8004"]]),
    ai("7236", "CERT # 7", &[text(2), text_to(28)])
        .attribute()
        .requires(&[&["01"], &["8004"]]),
    ai("7237", "CERT # 8", &[text(2), text_to(28)])
        .attribute()
        .requires(&[&["01"], &["8004"]]),
    ai("7238", "CERT # 9", &[text(2), text_to(28)])
        .attribute()
        .requires(&[&["01"], &["8004"]]),
    ai("7239", "CERT # 10", &[text(2), text_to(28)])
        .attribute()
        .requires(&[&["01"], &["8004"]]),
    ai("7240", "PROTOCOL", &[text_to(20)])
        .attribute()
        .requires(&[&["01"], &["8006"]])
        .excludes(&["03"]),
    ai("7241", "AIDC MEDIA TYPE", &[digits(2).rule(R::MediaType)])
        .attribute()
        .requires(&[&["8017"], &["8018"]]),
    ai("7242", "VCN", &[text_to(25)])
        .attribute()
        .requires(&[&["8017"], &["8018"]]),
    ai("7250", "DOB", &[digits(8).rule(R::LongDate)])
        .attribute()
        .requires(&[&["8018"]])
        .excludes(&["7251"]),
    ai(
        "7251",
        "DOB TIME",
        &[digits(8).rule(R::LongDate), digits(4).rule(R::HourMinute)],
    )
    .attribute()
    .requires(&[&["8018"]])
    .excludes(&["7250"]),
    ai("7252", "BIO SEX", &[digits(1).rule(R::Sex)])
        .attribute()
        .requires(&[&["8018"]]),
    ai(
        "7253",
        "FAMILY NAME",
        &[text_to(40).rule(R::PercentEncoding)],
    )
    .attribute()
    .requires(&[&["8017"], &["8018"]])
    .excludes(&["7256", "7259"]),
    ai(
        "7254",
        "GIVEN NAME",
        &[text_to(40).rule(R::PercentEncoding)],
    )
    .attribute()
    .requires(&[&["8017"], &["8018"]])
    .excludes(&["7256", "7259"]),
    ai("7255", "SUFFIX", &[text_to(10)])
        .attribute()
        .requires(&[&["8017"], &["8018"]])
        .excludes(&["7256", "7259"]),
    ai("7256", "FULL NAME", &[text_to(90).rule(R::PercentEncoding)])
        .attribute()
        .requires(&[&["8017"], &["8018"]]),
    ai("7257", "PERSON ADDR", &[ADDRESS])
        .attribute()
        .requires(&[&["8018"]]),
    ai("7258", "BIRTH SEQUENCE", &[text(3).rule(R::Sequence)])
        .attribute()
        .requires(&[&["8018", "7259"]]),
    ai("7259", "BABY", &[text_to(40).rule(R::PercentEncoding)])
        .attribute()
        .requires(&[&["8018"]])
        .excludes(&["7256"]),
];
