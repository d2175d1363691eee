//! Handling units.

use sea_orm::EntityTrait;
use serde::Serialize;
use theriac_gs1::Sscc;
use theriac_ledger::record::UnitState;

use super::containers::{Holder, holder_of, place_of};
use crate::entity::unit;
use crate::error::StorageError;
use crate::{Database, codec};

/// A handling unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitRecord {
    /// Its number.
    pub sscc: Sscc,
    /// Where it is.
    pub state: UnitState,
    /// Depth of units in it, itself included.
    pub nesting: u8,
    /// Who has custody of it, or of what still names it where it is resolved.
    pub holder: Holder,
}

/// One unit.
pub async fn find_unit(db: &Database, sscc: &Sscc) -> Result<Option<UnitRecord>, StorageError> {
    let Some(row) = unit::Entity::find_by_id(sscc.as_str())
        .one(db.reader())
        .await?
    else {
        return Ok(None);
    };
    let state = codec::unit_state(row.state_kind, &row.state, "units.state")?;
    Ok(Some(UnitRecord {
        sscc: *sscc,
        state,
        nesting: u8::try_from(row.nesting).map_err(|_| StorageError::Corrupt {
            column: "units.nesting",
        })?,
        holder: holder_of(db.reader(), place_of(state)).await?,
    }))
}
