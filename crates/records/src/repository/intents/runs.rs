//! Intents that commission runs.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use theriac_gs1::{Gtin, Lot};

use super::open::open_states;
use crate::Database;
use crate::entity::{intent, run_serial};
use crate::error::StorageError;

/// The last run of a lot that is to be commissioned and is not settled: its intent and number.
pub async fn find_last_open_run(
    db: &Database,
    gtin: &Gtin,
    lot: &Lot,
) -> Result<Option<(String, u16)>, StorageError> {
    let open = sea_orm::sea_query::Query::select()
        .column(intent::Column::Id)
        .from(intent::Entity)
        .and_where(intent::Column::State.is_in(open_states()))
        .to_owned();
    let row = run_serial::Entity::find()
        .select_only()
        .column(run_serial::Column::Intent)
        .column(run_serial::Column::Number)
        .filter(run_serial::Column::Gtin.eq(gtin.as_str()))
        .filter(run_serial::Column::Lot.eq(lot.as_str()))
        .filter(run_serial::Column::Intent.in_subquery(open))
        .order_by_desc(run_serial::Column::Number)
        .into_tuple::<(String, i32)>()
        .one(db.reader())
        .await?;
    row.map(|(id, number)| {
        let corrupt = |_| StorageError::Corrupt {
            column: "run_serials.number",
        };
        Ok((id, u16::try_from(number).map_err(corrupt)?))
    })
    .transpose()
}
