//! How far a request has come that needs several transactions.

use sea_orm::sea_query::{Expr, ExprTrait as _, Func};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use theriac_ledger::identifier::Timestamp;

use super::intents::IntentState;
use crate::entity::intent;
use crate::error::StorageError;
use crate::{Database, codec};

/// How far a request has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRecord {
    /// Its transactions.
    pub steps: u64,
    /// How many of them are final.
    pub steps_final: u64,
    /// How many were refused.
    pub steps_rejected: u64,
    /// Packs that it brings into being.
    pub packs: u64,
    /// How many of them are on the ledger.
    pub packs_final: u64,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl JobRecord {
    /// Whether nothing will change any more.
    pub fn is_settled(&self) -> bool {
        self.steps_final.saturating_add(self.steps_rejected) >= self.steps
    }
}

/// One step of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobStep {
    /// Its intent.
    pub intent: String,
    /// Why it was refused, or is not final yet.
    pub error: Option<super::intents::IntentError>,
}

/// State; number and packs of its intents; first and last time.
type OfState = (String, i64, Option<i64>, Option<i64>, Option<i64>);

/// How far a job has come: the id of its capture, or of its first intent.
pub async fn find_job(db: &Database, id: &str) -> Result<Option<JobRecord>, StorageError> {
    let rows: Vec<OfState> = intent::Entity::find()
        .select_only()
        .column(intent::Column::State)
        .column_as(intent::Column::Number.count(), "steps")
        // PostgreSQL sums to a decimal; a job has far fewer packs than 64 bits hold.
        .expr_as(
            Func::cast_as(Expr::col(intent::Column::Packs).sum(), "bigint"),
            "packs",
        )
        .column_as(intent::Column::CreatedAt.min(), "created")
        .column_as(intent::Column::UpdatedAt.max(), "updated")
        .filter(intent::Column::Job.eq(id))
        .group_by(intent::Column::State)
        .into_tuple()
        .all(db.reader())
        .await?;
    let mut job: Option<JobRecord> = None;
    for (state, steps, packs, created, updated) in rows {
        let state: IntentState = codec::from_word(&state, "intents.state")?;
        let steps = unsigned(steps, "intents")?;
        let packs = unsigned(packs.unwrap_or(0), "intents.packs")?;
        let created_at = codec::timestamp(created.unwrap_or(0), "intents.created_at")?;
        let updated_at = codec::timestamp(updated.unwrap_or(0), "intents.updated_at")?;
        let job = job.get_or_insert(JobRecord {
            steps: 0,
            steps_final: 0,
            steps_rejected: 0,
            packs: 0,
            packs_final: 0,
            created_at,
            updated_at,
        });
        job.steps += steps;
        job.packs += packs;
        job.created_at = job.created_at.min(created_at);
        job.updated_at = job.updated_at.max(updated_at);
        match state {
            IntentState::Final => {
                job.steps_final += steps;
                job.packs_final += packs;
            }
            IntentState::Rejected => job.steps_rejected += steps,
            IntentState::Pending | IntentState::Sent => {}
        }
    }
    Ok(job)
}

/// Steps of a job in a state, in their order.
pub async fn list_steps(
    db: &Database,
    id: &str,
    state: IntentState,
    limit: u64,
) -> Result<Vec<JobStep>, StorageError> {
    let rows = intent::Entity::find()
        .filter(intent::Column::Job.eq(id))
        .filter(intent::Column::State.eq(codec::word(&state)))
        .order_by_asc(intent::Column::Number)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.into_iter()
        .map(|row| {
            let record = super::intents::intent_of(row)?;
            Ok(JobStep {
                intent: record.id,
                error: record.error,
            })
        })
        .collect()
}

fn unsigned(number: i64, column: &'static str) -> Result<u64, StorageError> {
    u64::try_from(number).map_err(|_| StorageError::Corrupt { column })
}
