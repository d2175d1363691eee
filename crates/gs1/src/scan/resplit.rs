//! Readings of a code whose separators a scanner dropped.
//!
//! Without separators `10A21B` is a lot `A21B`, or a lot `A` and a serial `B`. Nothing in the text
//! says which, so every reading is given; who knows the lots and serials can choose.

use crate::ai::{Ai, Entry};
use crate::element_string::SEPARATOR;
use crate::scan::symbology::Symbology;
use crate::scan::{ScanOptions, ScannedCode};

/// The identifiers on packs; each stands at most once.
const PACK_IDENTIFIERS: [Ai; 5] = [
    Ai::GTIN,
    Ai::LOT,
    Ai::EXPIRY,
    Ai::SERIAL,
    Ai::PRODUCTION_DATE,
];

/// The most readings given; a text with more is too doubtful to guess at.
const READINGS_MAX: usize = 64;

/// Every way to cut a text without separators into the elements of a pack.
pub(super) fn readings(text: &str, options: &ScanOptions<'_>) -> Vec<ScannedCode> {
    let text = text.trim_matches(|character: char| character.is_ascii_whitespace());
    let data = Symbology::split(text).map_or(text, |(_, data)| data);
    let data = data.strip_prefix(SEPARATOR).unwrap_or(data);
    if !data.is_ascii() || data.contains(SEPARATOR) {
        return Vec::new();
    }
    let mut search = Search {
        options,
        readings: Vec::new(),
    };
    search.extend(&String::from(SEPARATOR), data, &PACK_IDENTIFIERS);
    search.readings
}

struct Search<'a> {
    options: &'a ScanOptions<'a>,
    readings: Vec<ScannedCode>,
}

impl Search<'_> {
    /// Cuts the next element off `rest` in every way. The depth is at most that of the identifiers
    /// left, because each step takes one away.
    fn extend(&mut self, read: &str, rest: &str, left: &[Ai]) {
        if self.readings.len() >= READINGS_MAX {
            return;
        }
        if rest.is_empty() {
            self.readings
                .extend(ScannedCode::parse_with(read, self.options));
            return;
        }
        let Some((ai, entry)) = Ai::at_start_of(rest).filter(|(ai, _)| left.contains(ai)) else {
            return;
        };
        let left: Vec<Ai> = left.iter().copied().filter(|other| *other != ai).collect();
        let value_start = ai.as_str().len();
        for end in ends(entry, value_start, rest.len()) {
            let (element, remainder) = rest.split_at(end);
            self.extend(&format!("{read}{element}{SEPARATOR}"), remainder, &left);
        }
    }
}

/// Where a value that starts at `start` may end.
fn ends(entry: &Entry, start: usize, length: usize) -> std::ops::RangeInclusive<usize> {
    let longest = start.saturating_add(entry.longest());
    let shortest = if entry.predefined {
        longest
    } else {
        start.saturating_add(1)
    };
    shortest..=longest.min(length)
}
