//! What of a shipment was not received, and why.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rest_items")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub rest: Vec<u8>,
    #[sea_orm(primary_key, auto_increment = false)]
    pub item: i32,
    pub reason: String,
    pub run: Option<i64>,
    pub first: Option<i32>,
    pub count: Option<i32>,
    pub sscc: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
