//! What scanned texts name, by the read model: each read as it was meant, where that is clear.

mod acts;
mod answer;
mod counter;

use std::collections::BTreeMap;

use theriac_gs1::{Gtin, Reading, ScanError, ScannedCode, SerialNumber, Sscc, swap_case};
use theriac_http::problem::Problem;
use theriac_ledger::identifier::{PackKey, PackLocation};
use theriac_records::repository::packs::find_locations;

use crate::operation::{Desk, storage_problem};

pub use answer::{ActAnswer, ReadAnswer, ScanAnswer, ScansAnswer, ScansBody, scans};

/// Said where the one reading on record was taken.
pub(crate) const SEPARATORS_LOST: &str = "The scanner drops the separators (GS) between the parts of the code. \
     The one reading that is on record was taken; have the scanner set to send GS.";
const CASE_SWAPPED: &str = "The serial number is on record with capital and small letters swapped: Caps Lock \
     seems to be on. Switch it off and scan again.";
const LAYOUT_SWAPPED: &str = "The serial number is on record with Y and Z swapped: scanner and computer are set \
     to different keyboard layouts. Set them alike and scan again.";

/// A text that was scanned.
#[derive(Clone, Debug)]
pub(crate) struct Scanned {
    /// What it names.
    pub(crate) what: What,
    /// What to tell about the scanner.
    pub(crate) notes: Vec<String>,
    /// Whether what is wrong is the scanner, as far as can be told.
    pub(crate) is_scanner_fault: bool,
}

/// What a text names.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// A pack; without a location where it was never made.
    Pack {
        code: Box<ScannedCode>,
        gtin: Gtin,
        serial: SerialNumber,
        location: Option<PackLocation>,
    },
    /// A product, or a batch of it.
    Item { code: Box<ScannedCode>, gtin: Gtin },
    /// A unit.
    Unit(Sscc),
    /// Neither.
    Nothing,
    /// Nothing that can be read.
    Unreadable(ScanError),
}

/// Reads texts and looks up the packs that they name, all together.
///
/// # Errors
///
/// A problem when the database fails.
pub(crate) async fn look_up(desk: &Desk, texts: &[&str]) -> Result<Vec<Scanned>, Problem> {
    let year = desk.year();
    let readings: Vec<Reading> = texts.iter().map(|text| Reading::of(text, year)).collect();
    let keys: Vec<PackKey> = readings.iter().flat_map(keys_of).collect();
    let locations = find_locations(&desk.database, &keys)
        .await
        .map_err(|error| storage_problem(&error))?;
    let scanned = readings.into_iter().map(|one| scanned(one, &locations));
    Ok(scanned.collect())
}

/// Every pack that a text may mean.
fn keys_of(reading: &Reading) -> Vec<PackKey> {
    let codes = reading.code.iter().chain(&reading.alternatives);
    let packs = codes.filter_map(|code| code.gtin.zip(code.serial));
    let mut keys: Vec<PackKey> = packs
        .map(|(gtin, serial)| PackKey::new(&gtin, &serial))
        .collect();
    if let Ok(code) = &reading.code
        && let Some((gtin, serial)) = code.gtin.zip(code.serial)
    {
        let others = misread(&serial).into_iter();
        keys.extend(others.map(|(other, _)| PackKey::new(&gtin, &other)));
    }
    keys
}

/// The serial numbers that a keyboard set wrong would make this of, and what to say then.
fn misread(serial: &SerialNumber) -> Vec<(SerialNumber, &'static str)> {
    let layout: String = serial
        .as_str()
        .chars()
        .map(|letter| match letter {
            'y' => 'z',
            'z' => 'y',
            'Y' => 'Z',
            'Z' => 'Y',
            other => other,
        })
        .collect();
    [
        (swap_case(serial.as_str()), CASE_SWAPPED),
        (layout, LAYOUT_SWAPPED),
    ]
    .into_iter()
    .filter_map(|(text, note)| Some((SerialNumber::parse(&text).ok()?, note)))
    .filter(|(other, _)| other != serial)
    .collect()
}

fn scanned(reading: Reading, locations: &BTreeMap<PackKey, PackLocation>) -> Scanned {
    let located = |code: &ScannedCode| {
        let (gtin, serial) = code.gtin.zip(code.serial)?;
        let location = locations.get(&PackKey::new(&gtin, &serial))?;
        let agrees = code.lot.is_none_or(|lot| lot == location.run.lot);
        agrees.then_some((gtin, serial, *location))
    };
    let is_confirmed = reading
        .code
        .as_ref()
        .is_ok_and(|code| code.sscc.is_some() || located(code).is_some());
    let mut confirmed = reading
        .alternatives
        .iter()
        .filter_map(|code| Some((code, located(code)?)));
    if !is_confirmed
        && let (Some((code, (gtin, serial, location))), None) = (confirmed.next(), confirmed.next())
    {
        return Scanned {
            what: What::Pack {
                code: Box::new(code.clone()),
                gtin,
                serial,
                location: Some(location),
            },
            notes: vec![SEPARATORS_LOST.to_owned()],
            is_scanner_fault: false,
        };
    }
    let mut notes = reading.notes;
    let mut is_scanner_fault = false;
    let what = match reading.code {
        Err(error) => What::Unreadable(error),
        Ok(code) => match (code.gtin, code.serial, code.sscc) {
            (_, _, Some(sscc)) => What::Unit(sscc),
            (Some(gtin), Some(serial), None) => {
                let location = locations.get(&PackKey::new(&gtin, &serial)).copied();
                if location.is_none() {
                    let other = misread(&serial)
                        .into_iter()
                        .find(|(other, _)| locations.contains_key(&PackKey::new(&gtin, other)));
                    is_scanner_fault = other.is_some();
                    notes.extend(other.map(|(_, note)| note.to_owned()));
                }
                What::Pack {
                    gtin,
                    serial,
                    location,
                    code: Box::new(code),
                }
            }
            (Some(gtin), None, None) => What::Item {
                gtin,
                code: Box::new(code),
            },
            (None, _, None) => What::Nothing,
        },
    };
    Scanned {
        what,
        notes,
        is_scanner_fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_gs1::Lot;
    use theriac_ledger::identifier::RunId;

    const GTIN: &str = "09506000134352";

    fn on_record(serial: &str) -> BTreeMap<PackKey, PackLocation> {
        let gtin = Gtin::parse(GTIN).unwrap();
        let location = PackLocation {
            run: RunId {
                gtin,
                lot: Lot::parse("ABC").unwrap(),
                number: 0,
            },
            position: 5,
        };
        let serial = SerialNumber::parse(serial).unwrap();
        [(PackKey::new(&gtin, &serial), location)].into()
    }

    fn scan(text: &str, serial: &str) -> Scanned {
        scanned(Reading::of(text, 2026), &on_record(serial))
    }

    fn is_found(scanned: &Scanned) -> bool {
        matches!(&scanned.what, What::Pack { location: Some(location), .. } if location.position == 5)
    }

    #[test]
    fn a_pack_is_found_whatever_the_form_of_its_code() {
        for text in [
            format!("(01){GTIN}(10)ABC(21)S1"),
            format!("]d201{GTIN}10ABC\u{1d}21S1"),
            format!("01{GTIN}21S1\u{1d}10ABC"),
            format!("https://id.gs1.org/01/{GTIN}/10/ABC/21/S1"),
            format!("]d201{GTIN}10ABC^21S1"),
        ] {
            assert!(is_found(&scan(&text, "S1")), "{text}");
        }
    }

    #[test]
    fn a_text_without_separators_is_read_as_the_one_pack_on_record() {
        let found = scan(&format!("01{GTIN}10ABC21S1"), "S1");
        assert!(is_found(&found));
        assert_eq!(found.notes, [SEPARATORS_LOST]);
    }

    #[test]
    fn a_keyboard_set_wrong_is_told_from_a_serial_that_was_never_made() {
        for (read, made, note) in [
            ("abY1", "ABy1", CASE_SWAPPED),
            ("AY1", "AZ1", LAYOUT_SWAPPED),
        ] {
            let found = scan(&format!("(01){GTIN}(21){read}"), made);
            assert!(found.is_scanner_fault, "{read}");
            assert_eq!(found.notes, [note]);
        }
        let unknown = scan(&format!("(01){GTIN}(21)OTHER"), "AZ1");
        assert!(!unknown.is_scanner_fault);
        assert!(unknown.notes.is_empty());
    }

    #[test]
    fn what_names_no_pack_is_told_apart() {
        let what = |text: &str| scan(text, "S1").what;
        assert!(matches!(
            what(&format!("(01){GTIN}(10)ABC")),
            What::Item { .. }
        ));
        assert!(matches!(what("hello"), What::Unreadable(_)));
        assert!(matches!(what("(414)9506000134352"), What::Nothing));
    }
}
