//! Keys.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: Vec<u8>,
    pub account: Vec<u8>,
    pub purposes: String,
    pub active_since: i64,
    pub retired_at: Option<i64>,
    pub compromised_since: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
