//! Serial numbers of the runs that this service commissioned. The ledger has only their digests.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use theriac_gs1::SerialNumber;
use theriac_ledger::identifier::RunId;

use super::intents::IntentState;
use crate::entity::{intent, run_serial};
use crate::error::StorageError;
use crate::{Database, codec};

/// The serial numbers of a run that is final, in production order; `None` where another commissioned it.
pub async fn find_serials(
    db: &Database,
    run: &RunId,
) -> Result<Option<Vec<SerialNumber>>, StorageError> {
    let rows = run_serial::Entity::find()
        .filter(run_serial::Column::Gtin.eq(run.gtin.as_str()))
        .filter(run_serial::Column::Lot.eq(run.lot.as_str()))
        .filter(run_serial::Column::Number.eq(i32::from(run.number)))
        .all(db.reader())
        .await?;
    for row in rows {
        // A run that was refused and sent again left its serials behind: only the final one counts.
        let is_final = intent::Entity::find()
            .filter(intent::Column::Id.eq(row.intent.as_str()))
            .filter(intent::Column::State.eq(codec::word(&IntentState::Final)))
            .one(db.reader())
            .await?
            .is_some();
        if is_final {
            return parse(&row.serials).map(Some);
        }
    }
    Ok(None)
}

fn parse(serials: &str) -> Result<Vec<SerialNumber>, StorageError> {
    serials
        .lines()
        .map(|line| codec::text(line, "run_serials.serials"))
        .collect()
}
