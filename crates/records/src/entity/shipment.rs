//! Shipments.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "shipments")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Vec<u8>,
    pub from_account: Vec<u8>,
    pub to_account: Vec<u8>,
    pub purpose: String,
    pub outcome: String,
    pub rest_of: Option<Vec<u8>>,
    pub sequence: i64,
    pub opened_at: i64,
    pub resolved_sequence: Option<i64>,
    pub resolved_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
