//! Units that a transaction named, and the state in which it left them.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transaction_units")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub sscc: String,
    pub state_kind: Option<i16>,
    pub state: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}
