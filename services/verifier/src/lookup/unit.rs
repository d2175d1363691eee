//! Handling units: cases and pallets.

use theriac_gs1::Sscc;
use theriac_ledger::action::Country;
use theriac_ledger::custody::{self, Custody};
use theriac_ledger::record::{HandlingUnit, LotName, LotRecord, Product, UnitState};
use theriac_ledger::state::State;
use theriac_ledger::state_key::StateKey;
use theriac_proof::verdict::Recorded;

use super::party::{Party, party};
use super::{Asker, market};
use crate::view::{Head, ReadError, find, get};

/// What the ledger says of a unit.
#[derive(Clone, Debug)]
pub(crate) struct UnitFinding {
    /// The record, if there is one.
    pub(crate) record: Option<UnitFacts>,
}

/// What is on record of a unit.
#[derive(Clone, Debug)]
pub(crate) struct UnitFacts {
    /// Its number.
    pub(crate) sscc: Sscc,
    /// Who holds it.
    pub(crate) custody: Custody,
    /// The same in words.
    pub(crate) holder: Party,
    /// It was unpacked whole, or its delivery taken apart: it is no unit any more.
    pub(crate) is_resolved: bool,
    /// Every lot ever packed into it.
    pub(crate) lots: Vec<UnitLot>,
}

/// A lot in a unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnitLot {
    /// Its name.
    pub(crate) name: LotName,
    /// Whether it is recalled.
    pub(crate) is_recalled: bool,
    /// Whether its product is withdrawn where the asker supplies.
    pub(crate) is_withdrawn: bool,
    /// Whether it is past its last day of use.
    pub(crate) is_expired: bool,
}

pub(super) fn look_up(
    state: &dyn State,
    head: Head,
    sscc: Sscc,
    asker: &Asker,
) -> Result<UnitFinding, ReadError> {
    let unit: Option<HandlingUnit> = find(state, &StateKey::unit(&sscc), "unit")?;
    let Some(unit) = unit.map(|unit| unit.private) else {
        return Ok(UnitFinding { record: None });
    };
    let market = market(state, asker)?;
    let custody = custody::of_place(state, custody::unit_place(unit.state))?;
    let lots = unit
        .lots
        .iter()
        .map(|name| unit_lot(state, head, *name, market))
        .collect::<Result<_, _>>()?;
    Ok(UnitFinding {
        record: Some(UnitFacts {
            sscc,
            custody,
            holder: party(state, custody.holder)?,
            is_resolved: matches!(unit.state, UnitState::Resolved(_)),
            lots,
        }),
    })
}

fn unit_lot(
    state: &dyn State,
    head: Head,
    name: LotName,
    market: Option<Country>,
) -> Result<UnitLot, ReadError> {
    let lot: LotRecord = get(state, &StateKey::lot(&name.gtin, &name.lot), "lot")?;
    let product: Product = get(state, &StateKey::product(&name.gtin), "product")?;
    let recorded = Recorded::new(&lot.public, &product.public, None, head.time);
    Ok(UnitLot {
        name,
        is_recalled: recorded.is_recalled(),
        is_withdrawn: recorded.is_withdrawn(market),
        is_expired: recorded.is_expired(),
    })
}
