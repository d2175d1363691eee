//! Runs; the number is local to this database.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "runs")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub gtin: String,
    pub lot: String,
    pub number: i32,
    pub count: i32,
    pub account: Vec<u8>,
    pub commissioned_at: i64,
    pub sequence: i64,
}

impl ActiveModelBehavior for ActiveModel {}
