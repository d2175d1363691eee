//! What somebody wants on a label, as it is read from a request.

use theriac_gs1::{CalendarDate, ScanOptions};
use theriac_label::Carrier;

use super::Labelled;
use crate::faults::Faults;
use crate::selection::read_sscc;

/// What is named: a pack or batch by GTIN and lot, or a unit by SSCC.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Named<'r> {
    pub(crate) gtin: Option<&'r str>,
    pub(crate) lot: Option<&'r str>,
    pub(crate) serial: Option<&'r str>,
    pub(crate) expiry: Option<&'r str>,
    pub(crate) sscc: Option<&'r str>,
}

/// Reads the kind of code; a QR code where none is named.
pub(crate) fn read_carrier(faults: &mut Faults, text: Option<&str>) -> Option<Carrier> {
    match text.unwrap_or("qr") {
        "qr" => Some(Carrier::Qr),
        "datamatrix" => Some(Carrier::DataMatrix),
        _ => {
            faults.add("carrier", "word_invalid", "the carrier is qr or datamatrix");
            None
        }
    }
}

/// Reads what is labelled. `prefix` stands before the names of fields in faults: `labels[2].`.
pub(crate) fn read_labelled(
    faults: &mut Faults,
    prefix: &str,
    named: &Named<'_>,
    year: u16,
) -> Option<Labelled> {
    let at = |field: &str| format!("{prefix}{field}");
    match (named.sscc, named.gtin, named.lot) {
        (Some(sscc), None, None) => {
            if named.serial.is_some() || named.expiry.is_some() {
                let detail = "a unit has neither a serial number nor an expiry";
                faults.add(at("sscc"), "contradiction", detail);
            }
            read_sscc(faults, &at("sscc"), sscc, &ScanOptions::new(year)).map(Labelled::Unit)
        }
        (None, Some(gtin), Some(lot)) => {
            let gtin = faults.gtin(&at("gtin"), gtin);
            let lot = faults.lot(&at("lot"), lot);
            let serial = match named.serial {
                Some(serial) => faults.serial(&at("serial"), serial).map(Some),
                None => Some(None),
            };
            let expiry: Option<Option<CalendarDate>> = match named.expiry {
                Some(expiry) => faults.date(&at("expiry"), expiry).map(Some),
                None => Some(None),
            };
            Some(Labelled::Item {
                gtin: gtin?,
                lot: lot?,
                serial: serial?,
                expiry: expiry?,
            })
        }
        _ => {
            let detail = "name a pack or batch by gtin and lot, or a unit by sscc";
            faults.add(at("gtin"), "nothing_named", detail);
            None
        }
    }
}
