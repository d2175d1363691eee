//! Documents of events that were captured.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "captures")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub caller: String,
    pub key: Option<String>,
    pub request: Vec<u8>,
    pub document: Option<String>,
    pub events: i32,
    pub behaviour: String,
    pub state: String,
    pub errors: String,
    pub created_at: i64,
    pub finished_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
