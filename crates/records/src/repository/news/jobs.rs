//! Long jobs that have ended: requests of several transactions, and captured documents.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::json;
use theriac_ledger::identifier::Timestamp;

use super::{Found, NewsKind, kept_since, untold};
use crate::codec;
use crate::entity::{capture, intent};
use crate::error::StorageError;
use crate::repository::IN_LIST;
use crate::repository::captures::CaptureState;
use crate::repository::intents::IntentState;

/// Documents of one gathering: the rest comes with the next.
const JOBS_MAX: u64 = 1_000;

/// Requests of several transactions, the last of which has just been settled. What belongs to a captured document ends with it.
pub(super) async fn requests(
    txn: &DatabaseTransaction,
    jobs: BTreeSet<String>,
    found: &mut Vec<Found>,
) -> Result<(), StorageError> {
    let jobs: Vec<String> = jobs.into_iter().collect();
    for part in jobs.chunks(IN_LIST) {
        let of_captures: Vec<String> = capture::Entity::find()
            .select_only()
            .column(capture::Column::Id)
            .filter(capture::Column::Id.is_in(part.iter().map(String::as_str)))
            .into_tuple()
            .all(txn)
            .await?;
        let rows: Vec<(String, String, i64)> = intent::Entity::find()
            .select_only()
            .column(intent::Column::Job)
            .column(intent::Column::State)
            .column_as(intent::Column::Number.count(), "steps")
            .filter(intent::Column::Job.is_in(part.iter().map(String::as_str)))
            .filter(intent::Column::Job.is_not_in(of_captures))
            .filter(untold(NewsKind::JobEnded, intent::Column::Job))
            .group_by(intent::Column::Job)
            .group_by(intent::Column::State)
            .order_by_asc(intent::Column::Job)
            .into_tuple()
            .all(txn)
            .await?;
        for of_job in rows.chunk_by(|one, other| one.0 == other.0) {
            found.extend(ended(of_job)?);
        }
    }
    Ok(())
}

/// A request by the states of its transactions, where it has ended and has several.
fn ended(states: &[(String, String, i64)]) -> Result<Option<Found>, StorageError> {
    let mut steps = 0_i64;
    let mut rejected = 0_i64;
    for (_, state, count) in states {
        match codec::from_word(state, "intents.state")? {
            IntentState::Pending | IntentState::Sent => return Ok(None),
            IntentState::Rejected => rejected = rejected.saturating_add(*count),
            IntentState::Final => {}
        }
        steps = steps.saturating_add(*count);
    }
    let Some((job, ..)) = states.first().filter(|_| steps > 1) else {
        return Ok(None);
    };
    let state = if rejected == 0 { "final" } else { "rejected" };
    Ok(Some(Found {
        kind: NewsKind::JobEnded,
        subject: job.clone(),
        document: json!({ "job": job, "state": state, "steps": steps, "steps_rejected": rejected }),
    }))
}

/// Captured documents that are finished and were not told of.
pub(super) async fn captures(
    txn: &DatabaseTransaction,
    now: Timestamp,
    found: &mut Vec<Found>,
) -> Result<(), StorageError> {
    let rows = capture::Entity::find()
        .select_only()
        .columns([capture::Column::Id, capture::Column::Errors])
        .filter(capture::Column::State.eq(codec::word(&CaptureState::Finished)))
        .filter(capture::Column::FinishedAt.gte(kept_since(now)?))
        .filter(untold(NewsKind::JobEnded, capture::Column::Id))
        .order_by_asc(capture::Column::FinishedAt)
        .limit(JOBS_MAX)
        .into_tuple::<(String, String)>()
        .all(txn)
        .await?;
    found.extend(rows.into_iter().map(|(job, errors)| {
        // An empty list of errors, as `captures` writes it.
        let state = if errors == "[]" { "final" } else { "rejected" };
        Found {
            kind: NewsKind::JobEnded,
            document: json!({ "job": job, "state": state }),
            subject: job,
        }
    }));
    Ok(())
}
