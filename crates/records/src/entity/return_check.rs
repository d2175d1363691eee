//! How packs that came back were verified.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "return_checks")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub number: i64,
    pub shipment: Vec<u8>,
    pub gtin: String,
    pub lot: String,
    pub run: i32,
    pub first: i32,
    pub count: i32,
    pub is_verified: bool,
    pub reason: Option<String>,
    pub checked_by: String,
    pub checked_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
