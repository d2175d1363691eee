//! Lots.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lots")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub gtin: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub lot: String,
    pub manufacturer: Vec<u8>,
    pub expiry: String,
    pub manufactured: String,
    pub state: String,
    pub recall_class: Option<i16>,
    pub recalled_at: Option<i64>,
    pub recall_notice: Option<Vec<u8>>,
    pub runs: i32,
}

impl ActiveModelBehavior for ActiveModel {}
