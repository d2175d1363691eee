//! The application identifiers in force, one file per field of use.
//!
//! Format, separator, pairing and Digital Link role of each identifier are those of the GS1
//! General Specifications, section 3, as the GS1 Barcode Syntax Dictionary states them.

mod applications;
mod logistics;
mod measures;
mod processes;
mod trade_items;

use crate::ai::entry::Entry;

/// The entry of an identifier of two to four digits.
pub(crate) fn find_entry(digits: &str) -> Option<&'static Entry> {
    let entries = match digits.as_bytes().first()? {
        b'0'..=b'2' => trade_items::ENTRIES,
        b'3' => measures::ENTRIES,
        b'4' => logistics::ENTRIES,
        b'7' => processes::ENTRIES,
        b'8' | b'9' => applications::ENTRIES,
        _ => return None,
    };
    entries.iter().find(|entry| entry.covers(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> impl Iterator<Item = &'static Entry> {
        [
            trade_items::ENTRIES,
            measures::ENTRIES,
            logistics::ENTRIES,
            processes::ENTRIES,
            applications::ENTRIES,
        ]
        .into_iter()
        .flatten()
    }

    #[test]
    fn entries_stand_in_order_and_do_not_overlap() {
        let all: Vec<_> = entries().collect();
        for pair in all.windows(2) {
            assert!(
                pair[0].last < pair[1].first,
                "{} and {}",
                pair[0].last,
                pair[1].first
            );
        }
    }

    #[test]
    fn no_identifier_begins_another() {
        for entry in entries() {
            for length in 2..entry.first.len() {
                assert!(
                    find_entry(&entry.first[..length]).is_none(),
                    "{}",
                    entry.first
                );
            }
        }
    }

    #[test]
    fn predefined_length_follows_from_the_first_two_digits() {
        // GS1 General Specifications, figure 7.8.5-2.
        let predefined = [
            "00", "01", "02", "03", "04", "11", "12", "13", "14", "15", "16", "17", "18", "19",
            "20", "31", "32", "33", "34", "35", "36", "41",
        ];
        for entry in entries() {
            assert_eq!(
                entry.predefined,
                predefined.contains(&&entry.first[..2]),
                "{}",
                entry.first
            );
        }
    }

    #[test]
    fn only_the_last_mandatory_component_varies_in_length() {
        for entry in entries() {
            let mandatory: Vec<_> = entry.components.iter().filter(|c| !c.optional).collect();
            for component in mandatory.iter().rev().skip(1) {
                assert_eq!(component.shortest, component.longest, "{}", entry.first);
            }
        }
    }
}
