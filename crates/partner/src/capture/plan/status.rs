//! Changes of status of packs.

use theriac_http::problem::Problem;
use theriac_ledger::action::{
    ActionBody, Decommission, Dispense, Lock, Reactivate, ReactivateReason, Unlock,
};

use super::{Planner, ReadEvent};
use crate::capture::meaning::Meaning;
use crate::operation::Planned;

impl Planner<'_, '_> {
    /// Plans what an event says of the status of packs.
    pub(super) async fn change_status(
        &mut self,
        event: &ReadEvent,
        meaning: Meaning,
    ) -> Result<(), Problem> {
        let Some(things) = self.things(event, "epcList") else {
            return Ok(());
        };
        if !things.selection.units.is_empty() {
            let detail = "the status of packs changes one by one: name the packs in the unit";
            self.refuse(event, "epcList", "pack_needed", detail);
            return Ok(());
        }
        let Some(resolved) = self.resolve(&things).await? else {
            return Ok(());
        };
        if meaning == Meaning::Dispense && !self.is_saleable(event, &resolved).await? {
            return Ok(());
        }
        let count = resolved.words();
        let packs = resolved.packs;
        let (action, words) = match meaning {
            Meaning::Dispense => (
                ActionBody::Dispense(Dispense { packs }),
                format!("dispense {count}"),
            ),
            Meaning::UndoDispensing => (
                ActionBody::Reactivate(Reactivate {
                    packs,
                    reason: ReactivateReason::NotDispensed,
                }),
                format!("undo the dispensing of {count}"),
            ),
            Meaning::Decommission(reason) => (
                ActionBody::Decommission(Decommission { packs, reason }),
                format!("decommission {count}"),
            ),
            Meaning::Lock(reason) => (
                ActionBody::Lock(Lock { packs, reason }),
                format!("lock {count}"),
            ),
            Meaning::Unlock => (
                ActionBody::Unlock(Unlock { packs }),
                format!("unlock {count}"),
            ),
            _ => return Ok(()),
        };
        self.add(Planned::new(action, words), &[event], &things.keys, &[]);
        Ok(())
    }
}
