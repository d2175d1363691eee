//! Words of the Core Business Vocabulary, in every form in which they are written.

/// A word of a vocabulary: bare where the standard has it, a URI where it is somebody's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word(String);

impl Word {
    /// The bare word, or the URI.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is this word of the standard.
    pub fn is(&self, word: &str) -> bool {
        self.0 == word
    }
}

/// One list of standard words, and how they are written in full.
#[derive(Debug)]
pub(super) struct Words {
    /// What the list is about, for messages.
    pub(super) what: &'static str,
    /// What stands before a word in the URI of CBV 2.0, after `https://ref.gs1.org/cbv/`.
    web: &'static str,
    /// What stands before a word in the URN of CBV 1.2, after `urn:epcglobal:cbv:`.
    urn: &'static str,
    /// The words, ascending.
    bare: &'static [&'static str],
}

/// `bizStep` (CBV 2.0 section 7.1).
pub(super) const BIZ_STEPS: Words = Words {
    what: "a bizStep",
    web: "BizStep-",
    urn: "bizstep:",
    bare: &[
        "accepting",
        "arriving",
        "assembling",
        "collecting",
        "commissioning",
        "consigning",
        "creating_class_instance",
        "cycle_counting",
        "decommissioning",
        "departing",
        "destroying",
        "disassembling",
        "dispensing",
        "encoding",
        "entering_exiting",
        "holding",
        "inspecting",
        "installing",
        "killing",
        "loading",
        "other",
        "packing",
        "picking",
        "receiving",
        "removing",
        "repackaging",
        "repairing",
        "replacing",
        "reserving",
        "retail_selling",
        "sampling",
        "sensor_reporting",
        "shipping",
        "staging_outbound",
        "stock_taking",
        "stocking",
        "storing",
        "transporting",
        "unloading",
        "unpacking",
        "void_shipping",
    ],
};

/// `disposition` (CBV 2.0 section 7.2).
pub(super) const DISPOSITIONS: Words = Words {
    what: "a disposition",
    web: "Disp-",
    urn: "disp:",
    bare: &[
        "active",
        "available",
        "completeness_inferred",
        "completeness_verified",
        "conformant",
        "container_closed",
        "container_open",
        "damaged",
        "destroyed",
        "dispensed",
        "disposed",
        "encoded",
        "expired",
        "in_progress",
        "in_transit",
        "inactive",
        "mismatch_class",
        "mismatch_instance",
        "mismatch_quantity",
        "needs_replacement",
        "no_pedigree_match",
        "non_conformant",
        "non_sellable_other",
        "partially_dispensed",
        "recalled",
        "reserved",
        "retail_sold",
        "returned",
        "sellable_accessible",
        "sellable_not_accessible",
        "stolen",
        "unavailable",
        "unknown",
    ],
};

/// Types of business transactions (CBV 2.0 section 7.3).
pub(super) const TRANSACTION_TYPES: Words = Words {
    what: "a type of business transaction",
    web: "BTT-",
    urn: "btt:",
    bare: &[
        "bol",
        "cert",
        "desadv",
        "inv",
        "pedigree",
        "po",
        "poc",
        "prodorder",
        "recadv",
        "rma",
        "testprd",
        "testres",
        "upevt",
    ],
};

/// Types of sources and destinations (CBV 2.0 section 7.4).
pub(super) const PARTY_TYPES: Words = Words {
    what: "a type of source or destination",
    web: "SDT-",
    urn: "sdt:",
    bare: &["location", "owning_party", "possessing_party"],
};

/// Reasons of error declarations (CBV 2.0 section 7.5).
pub(super) const ERROR_REASONS: Words = Words {
    what: "a reason of an error declaration",
    web: "ER-",
    urn: "er:",
    bare: &["did_not_occur", "incorrect_data"],
};

impl Words {
    /// Reads a word: bare, in full, with the prefix `cbv:`, or somebody's own URI. `None` for
    /// anything else, also for a word in the standard's name that the standard does not have.
    pub(super) fn read(&self, text: &str) -> Option<Word> {
        match self.bare(text) {
            Some(word) => self
                .bare
                .binary_search(&word)
                .is_ok()
                .then(|| Word(word.to_owned())),
            None => text.contains(':').then(|| Word(text.to_owned())),
        }
    }

    /// The part of a text that claims to be a word of the standard.
    fn bare<'t>(&self, text: &'t str) -> Option<&'t str> {
        if !text.contains(':') {
            return Some(text);
        }
        for (prefix, rest) in [
            ("https://ref.gs1.org/cbv/", self.web),
            ("http://ref.gs1.org/cbv/", self.web),
            ("https://ns.gs1.org/cbv/", self.web),
            ("http://ns.gs1.org/cbv/", self.web),
            ("cbv:", self.web),
            ("urn:epcglobal:cbv:", self.urn),
        ] {
            if let Some(local) = text.strip_prefix(prefix) {
                return Some(local.strip_prefix(rest).unwrap_or(local));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_ascending_because_they_are_searched() {
        let lists = [
            &BIZ_STEPS,
            &DISPOSITIONS,
            &TRANSACTION_TYPES,
            &PARTY_TYPES,
            &ERROR_REASONS,
        ];
        for list in lists {
            assert!(list.bare.is_sorted(), "{}", list.what);
        }
        assert_eq!(BIZ_STEPS.bare.len(), 41);
        assert_eq!(DISPOSITIONS.bare.len(), 33);
    }

    #[test]
    fn every_form_of_a_word_is_the_same_word() {
        for text in [
            "shipping",
            "cbv:BizStep-shipping",
            "https://ref.gs1.org/cbv/BizStep-shipping",
            "urn:epcglobal:cbv:bizstep:shipping",
        ] {
            assert!(BIZ_STEPS.read(text).unwrap().is("shipping"), "{text}");
        }
    }

    #[test]
    fn words_that_no_vocabulary_holds_are_refused() {
        for text in [
            "",
            "returning",
            "cbv:BizStep-returning",
            "urn:epcglobal:cbv:bizstep:recalling",
            "SHIPPING",
        ] {
            assert_eq!(BIZ_STEPS.read(text), None, "{text}");
        }
        let own = BIZ_STEPS
            .read("https://example.org/steps/weighing")
            .unwrap();
        assert_eq!(own.as_str(), "https://example.org/steps/weighing");
    }
}
