//! Master data of a lot that stand in the event which commissions its packs (`ilmd`).

use theriac_gs1::{CalendarDate, Lot};

use crate::read::member::Reader;

/// Where attributes of lots are defined: CBV 2.0 section 9, and the GS1 Web Vocabulary.
const CBV: &str = "urn:epcglobal:cbv:mda";
const WEB: [&str; 2] = ["https://gs1.org/voc/", "https://ref.gs1.org/voc/"];

/// What an event says of the lot.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LotData {
    /// The lot.
    pub lot: Option<Lot>,
    /// Last day of use.
    pub expiry: Option<CalendarDate>,
    /// Day of manufacture.
    pub manufactured: Option<CalendarDate>,
}

/// Reads the member `ilmd`. Attributes that are not known are left alone.
pub(super) fn read(reader: &mut Reader<'_>) -> LotData {
    let Some(mut inner) = reader.object("ilmd") else {
        return LotData::default();
    };
    let mut data = LotData::default();
    for (name, full) in inner.expanded_names() {
        let Some((space, local)) = full.rsplit_once('}') else {
            continue;
        };
        let space = space.trim_start_matches('{');
        let is_cbv = space.trim_end_matches([':', '/', '#']) == CBV;
        let is_web = WEB.contains(&space);
        match local {
            "lotNumber" if is_cbv => data.lot = inner.parsed(&name, "lot_invalid", Lot::parse),
            "hasBatchLotNumber" if is_web => {
                data.lot = inner.parsed(&name, "lot_invalid", Lot::parse);
            }
            "itemExpirationDate" if is_cbv => {
                data.expiry = inner.parsed(&name, "date_invalid", CalendarDate::parse);
            }
            "expirationDate" if is_web => {
                data.expiry = inner.parsed(&name, "date_invalid", CalendarDate::parse);
            }
            "productionDate" if is_web || is_cbv => {
                data.manufactured = inner.parsed(&name, "date_invalid", CalendarDate::parse);
            }
            _ => {}
        }
    }
    inner.close(reader);
    data
}
