//! Bags: packs that are supplied together.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bags")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub code: String,
    pub name: Option<String>,
    pub packs: String,
    pub created_by: String,
    pub created_at: i64,
    pub request_key: String,
    pub request: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
