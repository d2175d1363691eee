//! Handling units.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "units")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sscc: String,
    pub state_kind: i16,
    pub state: Vec<u8>,
    pub nesting: i32,
    pub sequence: i64,
}

impl ActiveModelBehavior for ActiveModel {}
