//! Keys and attributes of trade items and documents: (00) to (255).

use crate::ai::entry::{ANY_ITEM, DATE, Entry, GLN, GTIN, ai, digits, digits_to, text_to};
use crate::ai::rule::ValueRule as R;

pub(super) static ENTRIES: &[Entry] = &[
    ai(
        "00",
        "SSCC",
        &[digits(18).rule(R::CheckDigit).rule(R::PrefixAfterFirst)],
    )
    .predefined()
    .attribute()
    .key(&[]),
    ai("01", "GTIN", &[GTIN])
        .predefined()
        .attribute()
        .excludes(&["255", "37"])
        .key(&[&["22", "10", "21"], &["235"]]),
    ai("02", "CONTENT", &[GTIN])
        .predefined()
        .attribute()
        .excludes(&["01", "03"])
        .requires(&[&["37"]]),
    ai("03", "MTO GTIN", &[GTIN])
        .predefined()
        .excludes(&["01", "02", "37", "235"]),
    ai("10", "BATCH/LOT", &[text_to(20)])
        .attribute()
        .requires(ANY_ITEM),
    ai("11", "PROD DATE", &[DATE])
        .predefined()
        .attribute()
        .requires(ANY_ITEM),
    ai("12", "DUE DATE", &[DATE])
        .predefined()
        .attribute()
        .requires(&[&["8020"]]),
    ai("13", "PACK DATE", &[DATE])
        .predefined()
        .attribute()
        .requires(ANY_ITEM),
    ai("15", "BEST BEFORE or BEST BY", &[DATE])
        .predefined()
        .attribute()
        .requires(ANY_ITEM),
    ai("16", "SELL BY", &[DATE])
        .predefined()
        .attribute()
        .requires(ANY_ITEM),
    ai("17", "USE BY or EXPIRY", &[DATE])
        .predefined()
        .attribute()
        .requires(&[&["01"], &["02"], &["03"], &["255"], &["8006"], &["8026"]]),
    ai("20", "VARIANT", &[digits(2)])
        .predefined()
        .attribute()
        .requires(ANY_ITEM),
    ai("21", "SERIAL", &[text_to(20)])
        .requires(&[&["01"], &["03"], &["8006"]])
        .excludes(&["235"]),
    ai("22", "CPV", &[text_to(20)]).requires(&[&["01"]]),
    ai("235", "TPX", &[text_to(28)]).requires(&[&["01"]]),
    ai("240", "ADDITIONAL ID", &[text_to(30)])
        .attribute()
        .requires(ANY_ITEM),
    ai("241", "CUST. PART No.", &[text_to(30)])
        .attribute()
        .requires(ANY_ITEM),
    ai("242", "MTO VARIANT", &[digits_to(6)])
        .attribute()
        .requires(&[&["01"], &["02"], &["8006"], &["8026"]]),
    ai("243", "PCN", &[text_to(20)])
        .attribute()
        .requires(&[&["01"], &["03"]]),
    ai("250", "SECONDARY SERIAL", &[text_to(30)])
        .attribute()
        .requires(&[&["01", "21"], &["03", "21"], &["8006", "21"]]),
    ai("251", "REF. TO SOURCE", &[text_to(30)])
        .attribute()
        .requires(&[&["01"], &["03"], &["8006"]]),
    ai("253", "GDTI", &[GLN, text_to(17).optional()])
        .attribute()
        .key(&[]),
    ai("254", "GLN EXTENSION COMPONENT", &[text_to(20)]).requires(&[&["414"]]),
    ai("255", "GCN", &[GLN, digits_to(12).optional()])
        .attribute()
        .key(&[])
        .excludes(&["01", "02", "415", "8006", "8020", "8026"]),
];
