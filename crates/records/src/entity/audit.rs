//! The audit trail.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub at: i64,
    pub who: String,
    pub address: String,
    pub method: String,
    pub route: String,
    pub meaning: String,
    pub intents: String,
    pub request_id: String,
    pub status: i32,
    pub digest: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
