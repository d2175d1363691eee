//! What a request names: packs by what a scanner read, packs by run and position, units by SSCC.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};
use theriac_gs1::{ExpiryDate, Gtin, Lot, Reading, ScanOptions, ScannedCode, SerialNumber, Sscc};
use theriac_http::problem::Problem;
use theriac_ledger::constants::{ACTION_RANGES_MAX, ACTION_UNITS_MAX, LOT_RUNS_MAX, RUN_PACKS_MAX};
use theriac_ledger::identifier::RunId;
use theriac_ledger::pack_set::PackRange;
use utoipa::ToSchema;

use crate::faults::Faults;

/// Codes in one request: more than a shift scans, and a body well below its limit.
pub const CODES_MAX: usize = 10_000;

/// Consecutive packs of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PacksBody {
    /// The product.
    #[schema(example = "09506000134352")]
    pub gtin: String,
    /// The batch.
    #[schema(example = "B1")]
    pub lot: String,
    /// Number of the run in its batch, from 0.
    #[serde(default)]
    pub run: u16,
    /// Position of the first pack, from 0.
    pub first: u32,
    /// How many.
    pub count: u32,
}

/// The lists of a request that name packs and units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SelectionBody {
    /// What a scanner read from packs or units, in any GS1 form.
    pub codes: Vec<String>,
    /// Packs by run and position.
    pub packs: Vec<PacksBody>,
    /// Units by SSCC: 18 digits, or what a scanner read.
    pub units: Vec<String>,
}

/// A pack as its code names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedPack {
    /// Where in the request: `codes[3]`.
    pub at: String,
    /// The product.
    pub gtin: Gtin,
    /// The serial number.
    pub serial: SerialNumber,
    /// The lot, when the code names it; it must agree with the record.
    pub lot: Option<Lot>,
    /// The expiry, when the code names it; it must agree with the record.
    pub expiry: Option<ExpiryDate>,
    /// What else the code may mean, where the scanner dropped its separators: the one that is on record counts.
    pub others: Vec<OtherReading>,
}

/// What else a code may mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherReading {
    /// The product.
    pub gtin: Gtin,
    /// The serial number.
    pub serial: SerialNumber,
    /// The lot.
    pub lot: Option<Lot>,
    /// The expiry.
    pub expiry: Option<ExpiryDate>,
}

/// Packs by run and position, as a request names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedRange {
    /// Where in the request: `packs[3]`.
    pub at: String,
    /// The run.
    pub run: RunId,
    /// The packs; not empty, within the longest run.
    pub range: PackRange,
}

/// What a request names, read and bounded, not yet looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Packs by code, no two alike.
    pub packs: Vec<NamedPack>,
    /// Packs by run and position.
    pub ranges: Vec<NamedRange>,
    /// Units: ascending, each once.
    pub units: Vec<Sscc>,
}

impl Selection {
    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        self.packs.is_empty() && self.ranges.is_empty() && self.units.is_empty()
    }
}

impl SelectionBody {
    /// Reads every code and name. `reference_year` is the present year, for dates in codes.
    ///
    /// # Errors
    ///
    /// A problem `invalid_input` that lists every code that is wrong; also when nothing is named.
    pub fn read(&self, reference_year: u16) -> Result<Selection, Problem> {
        let mut faults = Faults::new();
        let selection = self.read_into(&mut faults, "", reference_year);
        faults.check()?;
        Ok(selection)
    }

    /// As [`SelectionBody::read`], keeping what is wrong in `faults` under names that begin with
    /// `prefix`.
    pub fn read_into(&self, faults: &mut Faults, prefix: &str, reference_year: u16) -> Selection {
        let mut selection = Selection::default();
        if !self.check_bounds(faults, prefix) {
            return selection;
        }
        let options = ScanOptions::new(reference_year);
        for (index, text) in self.codes.iter().enumerate() {
            let at = format!("{prefix}codes[{index}]");
            read_code(faults, &mut selection, at, text, reference_year);
        }
        for (index, body) in self.packs.iter().enumerate() {
            let at = format!("{prefix}packs[{index}]");
            selection.ranges.extend(read_range(faults, at, body));
        }
        for (index, text) in self.units.iter().enumerate() {
            let at = format!("{prefix}units[{index}]");
            selection
                .units
                .extend(read_sscc(faults, &at, text, &options));
        }
        check_duplicates(faults, &mut selection);
        if selection.is_empty() && faults.is_empty() {
            let at = if prefix.is_empty() {
                "codes"
            } else {
                prefix.trim_end_matches('.')
            };
            faults.add(at, "nothing_named", "no pack and no unit is named");
        }
        selection
    }

    fn check_bounds(&self, faults: &mut Faults, prefix: &str) -> bool {
        let bounds = [
            ("codes", self.codes.len(), CODES_MAX),
            ("packs", self.packs.len(), ACTION_RANGES_MAX),
            ("units", self.units.len(), ACTION_UNITS_MAX),
        ];
        let mut is_bounded = true;
        for (name, found, most) in bounds {
            if found > most {
                let detail = format!("{found} {name} are named, at most {most} fit one request");
                faults.add(format!("{prefix}{name}"), "too_many", detail);
                is_bounded = false;
            }
        }
        is_bounded
    }
}

/// Reads an SSCC: 18 digits, or what a scanner read from a unit's label.
pub fn read_sscc(
    faults: &mut Faults,
    at: &str,
    text: &str,
    options: &ScanOptions<'_>,
) -> Option<Sscc> {
    if text.len() == 18 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return faults.sscc(at, text);
    }
    let read = ScannedCode::parse_with(text, options);
    let has_key = text.len() == 20 && text.starts_with("00");
    if read.is_err() && !has_key && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // Digits that were typed: what is wrong with them as an element string helps nobody.
        return faults.sscc(at, text);
    }
    let code = faults.keep(at, "code_unreadable", read)?;
    if code.sscc.is_none() {
        faults.add(
            at,
            "no_sscc",
            "the code names no SSCC: scan the label of the case or pallet",
        );
    }
    code.sscc
}

/// Reads codes, each with where it stands in the request, and adds packs that are named otherwise.
pub(crate) fn read_codes(
    faults: &mut Faults,
    codes: &[(String, &str)],
    named: Vec<NamedPack>,
    reference_year: u16,
) -> Selection {
    let mut selection = Selection::default();
    for (at, text) in codes {
        read_code(faults, &mut selection, at.clone(), text, reference_year);
    }
    selection.packs.extend(named);
    check_duplicates(faults, &mut selection);
    if selection.is_empty() && faults.is_empty() {
        faults.add("codes", "nothing_named", "no pack and no unit is named");
    }
    selection
}

fn read_code(
    faults: &mut Faults,
    selection: &mut Selection,
    at: String,
    text: &str,
    reference_year: u16,
) {
    let reading = Reading::of(text, reference_year);
    let mut others = reading.alternatives.iter().filter_map(|code| {
        Some(OtherReading {
            gtin: code.gtin?,
            serial: code.serial?,
            lot: code.lot,
            expiry: code.expiry,
        })
    });
    let is_pack = |code: &ScannedCode| code.serial.is_some() || code.sscc.is_some();
    if !reading.code.as_ref().is_ok_and(is_pack)
        && let Some(first) = others.next()
    {
        selection.packs.push(NamedPack {
            at,
            gtin: first.gtin,
            serial: first.serial,
            lot: first.lot,
            expiry: first.expiry,
            others: others.collect(),
        });
        return;
    }
    let Some(code) = faults.keep(&at, "code_unreadable", reading.code.as_ref()) else {
        return;
    };
    match (code.gtin, code.serial, code.sscc) {
        (_, _, Some(sscc)) => selection.units.push(sscc),
        (Some(gtin), Some(serial), None) => selection.packs.push(NamedPack {
            at,
            gtin,
            serial,
            lot: code.lot,
            expiry: code.expiry,
            others: others.collect(),
        }),
        (Some(_), None, None) => faults.add(
            at,
            "no_serial",
            "the code names a product but no serial number: scan the code with the serial number (21)",
        ),
        (None, _, None) => faults.add(at, "no_pack", "the code names neither a pack nor a unit"),
    }
}

fn read_range(faults: &mut Faults, at: String, body: &PacksBody) -> Option<NamedRange> {
    let gtin = faults.gtin(&format!("{at}.gtin"), &body.gtin);
    let lot = faults.lot(&format!("{at}.lot"), &body.lot);
    let longest = u32::try_from(RUN_PACKS_MAX).unwrap_or(u32::MAX);
    let end = body.first.checked_add(body.count);
    if body.count == 0 || end.is_none_or(|end| end > longest) {
        let detail = format!("a range has at least 1 pack and ends at {longest} or before");
        faults.add(format!("{at}.count"), "range_invalid", detail);
        return None;
    }
    if body.run >= LOT_RUNS_MAX {
        let detail = format!("a batch has at most {LOT_RUNS_MAX} runs, from 0");
        faults.add(format!("{at}.run"), "run_invalid", detail);
        return None;
    }
    Some(NamedRange {
        run: RunId {
            gtin: gtin?,
            lot: lot?,
            number: body.run,
        },
        range: PackRange {
            first: body.first,
            count: body.count,
        },
        at,
    })
}

fn check_duplicates(faults: &mut Faults, selection: &mut Selection) {
    let mut seen = BTreeMap::new();
    selection
        .packs
        .retain(|pack| match seen.entry((pack.gtin, pack.serial)) {
            Entry::Vacant(vacant) => {
                vacant.insert(pack.at.clone());
                true
            }
            Entry::Occupied(first) => {
                let detail = format!("the same pack is named at {}", first.get());
                faults.add(pack.at.clone(), "named_twice", detail);
                false
            }
        });
    selection.units.sort_unstable();
    for pair in selection.units.windows(2) {
        if let [one, other] = pair
            && one == other
        {
            faults.add("units", "named_twice", format!("unit {one} is named twice"));
        }
    }
    selection.units.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACK: &str = "(01)09506000134352(21)S1(10)B1(17)271231";
    const SSCC: &str = "395060001343520006";

    fn sscc() -> String {
        ('0'..='9')
            .map(|digit| format!("{}{digit}", &SSCC[..17]))
            .find(|text| Sscc::parse(text).is_ok())
            .unwrap()
    }

    fn faults_of(body: &SelectionBody) -> Vec<(String, String)> {
        let problem = body.read(2026).unwrap_err().body(None);
        problem
            .errors
            .into_iter()
            .map(|error| (error.at, error.code))
            .collect()
    }

    fn codes(codes: &[&str]) -> SelectionBody {
        SelectionBody {
            codes: codes.iter().map(|&code| code.to_owned()).collect(),
            ..SelectionBody::default()
        }
    }

    #[test]
    fn codes_name_packs_and_units() {
        let unit = format!("00{}", sscc());
        let selection = codes(&[PACK, &unit]).read(2026).unwrap();
        assert_eq!(selection.packs[0].serial.as_str(), "S1");
        assert_eq!(selection.packs[0].lot.unwrap().as_str(), "B1");
        assert_eq!(selection.units[0].as_str(), sscc());
    }

    #[test]
    fn a_code_without_separators_is_kept_with_everything_it_may_mean() {
        let selection = codes(&["010950600013435210ABC21S1"]).read(2026).unwrap();
        let pack = &selection.packs[0];
        let all = pack
            .others
            .iter()
            .map(|other| other.serial)
            .chain([pack.serial]);
        assert!(all.into_iter().any(|serial| serial.as_str() == "S1"));
    }

    #[test]
    fn digits_that_are_no_sscc_are_told_how_many_it_has() {
        let options = ScanOptions::new(2026);
        let mut faults = Faults::new();
        assert_eq!(read_sscc(&mut faults, "sscc", "123", &options), None);
        assert_eq!(read_sscc(&mut faults, "sscc", "(00)123", &options), None);
        let (errors, _) = faults.into_errors();
        assert_eq!(errors[0].code, "sscc_invalid");
        assert!(errors[0].detail.contains("18 are needed"), "{errors:?}");
        assert_eq!(errors[1].code, "code_unreadable");
        let unit = format!("00{}", sscc());
        let read = read_sscc(&mut Faults::new(), "sscc", &unit, &options);
        assert_eq!(read.unwrap().as_str(), sscc());
    }

    #[test]
    fn caps_lock_is_read_as_it_was_meant() {
        let selection = codes(&["]D20109506000134352 21s1".replace(' ', "").as_str()]);
        let selection = selection.read(2026).unwrap();
        assert_eq!(selection.packs[0].serial.as_str(), "S1");
    }

    #[test]
    fn every_malformed_code_is_named() {
        let found = faults_of(&codes(&[
            "(01)09506000134353(21)S1",
            "(01)09506000134352",
            "hello",
            "",
        ]));
        let expected = [
            ("codes[0]", "code_unreadable"),
            ("codes[1]", "no_serial"),
            ("codes[2]", "code_unreadable"),
            ("codes[3]", "code_unreadable"),
        ];
        let found: Vec<_> = found
            .iter()
            .map(|(a, c)| (a.as_str(), c.as_str()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn pack_named_twice_is_refused() {
        let found = faults_of(&codes(&[PACK, "(01)09506000134352(21)S1"]));
        assert_eq!(found, [("codes[1]".to_owned(), "named_twice".to_owned())]);
    }

    #[test]
    fn naming_nothing_is_refused() {
        let found = faults_of(&SelectionBody::default());
        assert_eq!(found[0].1, "nothing_named");
    }

    #[test]
    fn too_many_codes_are_refused_unread() {
        let many = vec!["x".to_owned(); CODES_MAX + 1];
        let body = SelectionBody {
            codes: many,
            ..SelectionBody::default()
        };
        assert_eq!(
            faults_of(&body),
            [("codes".to_owned(), "too_many".to_owned())]
        );
    }

    #[test]
    fn range_outside_a_run_is_refused() {
        for (first, count) in [(0, 0), (u32::MAX, 1), (32_768, 1), (1, 32_768)] {
            let body = SelectionBody {
                packs: vec![PacksBody {
                    gtin: "09506000134352".to_owned(),
                    lot: "B1".to_owned(),
                    run: 0,
                    first,
                    count,
                }],
                ..SelectionBody::default()
            };
            assert_eq!(faults_of(&body)[0].1, "range_invalid", "{first} {count}");
        }
    }
}
