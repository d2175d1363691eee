//! Names for identifiers in links of the first edition of the standard.

/// Name and identifier.
const WORDS: [(&str, &str); 22] = [
    ("gtin", "01"),
    ("itip", "8006"),
    ("cpv", "22"),
    ("lot", "10"),
    ("ser", "21"),
    ("sscc", "00"),
    ("gln", "414"),
    ("glnx", "254"),
    ("party", "417"),
    ("payTo", "415"),
    ("refno", "8020"),
    ("gdti", "253"),
    ("gcn", "255"),
    ("ginc", "401"),
    ("gsin", "402"),
    ("grai", "8003"),
    ("giai", "8004"),
    ("cpid", "8010"),
    ("cpsn", "8011"),
    ("gmn", "8013"),
    ("gsrnp", "8017"),
    ("gsrn", "8018"),
];

/// The digits that a name in the path stands for.
pub(super) fn find_digits(word: &str) -> Option<&'static str> {
    WORDS
        .iter()
        .find(|(name, _)| *name == word)
        .map(|(_, digits)| *digits)
}
