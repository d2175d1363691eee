//! Who holds what, as a transaction sees it.

use std::sync::Arc;

use theriac_gs1::Sscc;

pub(crate) use crate::custody::{Custody, Hold, unit_place};
use crate::custody::{Places, walk};
use crate::execute::{Refusal, Step};
use crate::identifier::ShipmentId;
use crate::record::{HandlingUnit, PackPlace, Shipment};
use crate::state::State;

impl<S: State + ?Sized> Places for Step<'_, S> {
    type Error = Refusal;

    fn unit(&mut self, sscc: &Sscc) -> Result<Option<Arc<HandlingUnit>>, Refusal> {
        self.get(sscc)
    }

    fn shipment(&mut self, id: &ShipmentId) -> Result<Option<Arc<Shipment>>, Refusal> {
        self.get(id)
    }
}

/// The custody of whatever stands at a place.
pub(crate) fn of_place<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    place: PackPlace,
) -> Result<Custody, Refusal> {
    walk(step, place)
}

/// The last answer of [`of_place`], because neighbours mostly stand at the same place.
///
/// Only for as long as no unit and no shipment is written.
#[derive(Debug, Default)]
pub(crate) struct Memory(Option<(PackPlace, Custody)>);

impl Memory {
    pub(crate) fn of_place<S: State + ?Sized>(
        &mut self,
        step: &mut Step<'_, S>,
        place: PackPlace,
    ) -> Result<Custody, Refusal> {
        match self.0 {
            Some((known, custody)) if known == place => Ok(custody),
            _ => {
                let custody = of_place(step, place)?;
                self.0 = Some((place, custody));
                Ok(custody)
            }
        }
    }
}
