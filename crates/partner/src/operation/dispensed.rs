//! Packs that were dispensed before: by whom, and whether somebody just scanned them twice.

use theriac_http::problem::{Problem, ProblemCode, RowError};
use theriac_ledger::action::{ActionBody, ActionKind};
use theriac_ledger::identifier::{AccountId, PackLocation, Timestamp};
use theriac_ledger::pack_set::PackSets;
use theriac_ledger::record::PackStatus;
use theriac_records::repository::intents::{find_caller, list_open_of};
use theriac_records::repository::packs::{PackRecord, find_pack};
use theriac_records::repository::transactions::find_last_dispensing;

use super::{Desk, storage_problem};

/// Within this time the same scan again is a scan, not an event: scanners repeat, and people check twice.
pub(crate) const REPEAT_MS: u64 = 2 * 60 * 1000;

/// A dispensing of a pack that came before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Earlier {
    /// By this account.
    Here {
        /// When: block time, or when it was asked for where it is not on the ledger yet.
        at: Timestamp,
        /// Who asked for it, where known.
        user: Option<String>,
        /// Whether it waits to be sent.
        is_pending: bool,
    },
    /// By somebody else.
    Elsewhere {
        /// Block time.
        at: Timestamp,
        /// By which account.
        by: AccountId,
    },
}

impl Earlier {
    /// Whether it was here a moment ago.
    pub(crate) fn is_repeat(&self, now: Timestamp) -> bool {
        matches!(self, Self::Here { at, .. } if now.0.saturating_sub(at.0) <= REPEAT_MS)
    }

    fn code(&self, now: Timestamp) -> &'static str {
        match self {
            Self::Elsewhere { .. } => "already_dispensed_elsewhere",
            Self::Here { .. } if self.is_repeat(now) => "already_scanned",
            Self::Here { .. } => "already_dispensed_here",
        }
    }

    /// What happened, in words.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Elsewhere { at, .. } => {
                format!("a pack with this code was supplied by somebody else at {at}")
            }
            Self::Here {
                at,
                user,
                is_pending,
            } => {
                let by = user.as_ref().map(|user| format!(" by {user}"));
                let by = by.unwrap_or_default();
                let waits = if *is_pending {
                    "; it is kept and waits to be sent to the ledger"
                } else {
                    ""
                };
                format!("you supplied this pack at {at}{by}{waits}")
            }
        }
    }
}

/// Dispensings, and undone ones, that are stored and not settled, in their order. Read once for all packs of a request:
/// while no node answers there may be thousands.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    intents: Vec<PendingIntent>,
}

#[derive(Clone, Debug)]
struct PendingIntent {
    packs: PackSets,
    dispenses: bool,
    at: Timestamp,
    user: Option<String>,
}

impl Pending {
    /// Reads them.
    pub(crate) async fn read(desk: &Desk) -> Result<Self, Problem> {
        let kinds = [ActionKind::Dispense, ActionKind::Reactivate];
        let open = list_open_of(&desk.database, &kinds)
            .await
            .map_err(|error| storage_problem(&error))?;
        let mut intents = Vec::with_capacity(open.len());
        for intent in open {
            let (packs, dispenses) = match intent.body() {
                Ok(ActionBody::Dispense(action)) => (action.packs, true),
                Ok(ActionBody::Reactivate(action)) => (action.packs, false),
                _ => continue,
            };
            intents.push(PendingIntent {
                packs,
                dispenses,
                at: intent.created_at,
                user: intent.caller,
            });
        }
        Ok(Self { intents })
    }

    /// What is about to happen to a pack: the last intent that names it, if that dispenses.
    fn find(&self, location: &PackLocation) -> Option<(Timestamp, Option<String>)> {
        let mut later = self.intents.iter().rev();
        let last = later.find(|intent| names(&intent.packs, location))?;
        last.dispenses.then(|| (last.at, last.user.clone()))
    }
}

/// The dispensing of a pack that came before, if it is dispensed now or about to be.
pub(crate) async fn find_earlier(
    desk: &Desk,
    pending: &Pending,
    location: &PackLocation,
) -> Result<Option<(Earlier, Option<PackRecord>)>, Problem> {
    let storage = |error| storage_problem(&error);
    let pack = find_pack(&desk.database, location).await.map_err(storage)?;
    if let Some((at, user)) = pending.find(location) {
        let earlier = Earlier::Here {
            at,
            user,
            is_pending: true,
        };
        return Ok(Some((earlier, pack)));
    }
    let Some(found) = pack.filter(|pack| pack.status == PackStatus::Dispensed) else {
        return Ok(None);
    };
    if found.by != desk.account {
        let earlier = Earlier::Elsewhere {
            at: found.since,
            by: found.by,
        };
        return Ok(Some((earlier, Some(found))));
    }
    let transaction = find_last_dispensing(&desk.database, location)
        .await
        .map_err(storage)?;
    let user = match transaction {
        Some(id) => find_caller(&desk.database, &id).await.map_err(storage)?,
        None => None,
    };
    let earlier = Earlier::Here {
        at: found.since,
        user,
        is_pending: false,
    };
    Ok(Some((earlier, Some(found))))
}

fn names(sets: &PackSets, location: &PackLocation) -> bool {
    let of_run = sets.iter().filter(|set| set.run == location.run);
    of_run
        .flat_map(|set| set.ranges.iter())
        .any(|range| range.first <= location.position && location.position < range.end())
}

/// Refuses packs that were dispensed before, the gravest first.
///
/// # Errors
///
/// A problem `already_dispensed_elsewhere`, `already_dispensed_here` or, within two minutes, `already_scanned`.
pub(super) async fn check_not_dispensed(
    desk: &Desk,
    packs: &[(String, PackLocation)],
) -> Result<(), Problem> {
    let now = Timestamp(desk.clock.now_ms());
    let pending = Pending::read(desk).await?;
    let mut found = Vec::new();
    for (at, location) in packs {
        if let Some((earlier, _)) = find_earlier(desk, &pending, location).await? {
            found.push((at, earlier));
        }
    }
    let rank = |earlier: &Earlier| match earlier {
        Earlier::Elsewhere { .. } => 0,
        Earlier::Here { .. } if !earlier.is_repeat(now) => 1,
        Earlier::Here { .. } => 2,
    };
    let Some((_, worst)) = found.iter().min_by_key(|(_, earlier)| rank(earlier)) else {
        return Ok(());
    };
    let (code, hint) = match worst {
        Earlier::Elsewhere { .. } => (
            "already_dispensed_elsewhere",
            "do not supply it: keep the pack apart, quarantine it and report it; one of the two may be a copy",
        ),
        Earlier::Here { .. } if worst.is_repeat(now) && found.len() < packs.len() => (
            "already_scanned",
            "those listed were scanned twice; the others were not supplied: send them without those, with a new Idempotency-Key",
        ),
        Earlier::Here { .. } if worst.is_repeat(now) => (
            "already_scanned",
            "nothing is left to do: it was scanned twice",
        ),
        Earlier::Here { .. } => (
            "already_dispensed_here",
            "check whether it was scanned twice; undo the first entry if it did not occur: POST /api/v1/dispensings/undo",
        ),
    };
    let errors = found
        .iter()
        .map(|(at, earlier)| RowError::new(at.as_str(), earlier.code(now), earlier.words()));
    Err(Problem::new(ProblemCode::Conflicting(code), worst.words())
        .with_hint(hint)
        .with_errors(errors))
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_ledger::action::{Dispense, Reactivate, ReactivateReason};
    use theriac_ledger::testing::{Actor, packs};
    use theriac_records::repository::intents::{NewIntent, store_intents};

    use crate::testing::{TestDesk, run};

    fn intent(number: usize, body: ActionBody) -> NewIntent {
        NewIntent::new(format!("i{number}"), body)
    }

    #[tokio::test]
    async fn the_last_open_intent_about_a_pack_says_whether_it_is_about_to_be_dispensed() {
        let test = TestDesk::new(95, 10).await;
        let desk = test.of(Actor::Maker);
        let dispense = |ranges: &[(u32, u32)]| -> ActionBody {
            let packs = packs(run(), ranges);
            Dispense { packs }.into()
        };
        let undo = Reactivate {
            packs: packs(run(), &[(1, 2)]),
            reason: ReactivateReason::NotDispensed,
        };
        let bodies = [dispense(&[(0, 3)]), undo.into(), dispense(&[(2, 1)])];
        let intents: Vec<_> = bodies
            .into_iter()
            .enumerate()
            .map(|(number, body)| intent(number, body))
            .collect();
        store_intents(&desk.database, test.ledger.time, None, &intents)
            .await
            .unwrap();
        let pending = Pending::read(&desk).await.unwrap();
        let is_pending = [0, 1, 2, 3].map(|position| {
            let location = PackLocation {
                run: run(),
                position,
            };
            pending.find(&location).is_some()
        });
        assert_eq!(is_pending, [true, false, true, false]);
    }
}
