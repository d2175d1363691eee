//! From a plan to what is stored of it.

use theriac_ledger::action::ActionBody;
use theriac_records::repository::intents::{NewIntent, NewNotice, NewSerials};

use super::{OutboxError, Shared, events};
use crate::id::new_id;
use crate::operation::{After, Planned};

/// A plan with ids, events and salts.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) intents: Vec<NewIntent>,
    /// What it does, for the audit trail.
    pub(super) words: String,
}

impl Shared {
    pub(super) async fn prepare(&self, plan: Vec<Planned>) -> Result<Prepared, OutboxError> {
        let setup = &self.setup;
        let words: Vec<&str> = plan.iter().map(|planned| planned.words.as_str()).collect();
        let words = words.join("; ");
        let ids: Vec<String> = plan.iter().map(|_| new_id(&setup.generator)).collect();
        let mut new = Vec::with_capacity(plan.len());
        for (mut planned, id) in plan.into_iter().zip(&ids) {
            let event = match planned.event.take() {
                Some(event) => Some(event),
                None => events::event_of(setup, &planned).await?,
            };
            let serials = match (&planned.body, planned.serials) {
                (ActionBody::CommissionRun(action), Some(serials)) => Some(NewSerials {
                    run: action.run(),
                    serials,
                }),
                _ => None,
            };
            let notice = match (&planned.body, planned.notice) {
                (ActionBody::RecallLot(action), Some(text)) => Some(NewNotice {
                    digest: action.notice,
                    text,
                }),
                _ => None,
            };
            new.push(NewIntent {
                id: id.clone(),
                depends_on: match planned.after {
                    None => None,
                    // Only what comes before: an action that waited for itself would wait for ever.
                    Some(After::Planned(index)) => ids
                        .get(..new.len())
                        .and_then(|before| before.get(index))
                        .cloned(),
                    Some(After::Stored(id)) => Some(id),
                },
                also_after: planned
                    .also_after
                    .iter()
                    .filter_map(|index| ids.get(..new.len())?.get(*index).cloned())
                    .collect(),
                body: planned.body,
                details: event.as_ref().map(events::details_of),
                event,
                serials,
                notice,
                message: planned.message,
                meaning: planned.meaning,
                captured: planned.captured,
            });
        }
        Ok(Prepared {
            intents: new,
            words,
        })
    }
}
