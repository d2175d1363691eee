//! Requests that wait for a second person.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "drafts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub key: String,
    pub digest: Vec<u8>,
    pub kind: String,
    pub request: String,
    pub content: Option<Vec<u8>>,
    pub words: String,
    pub author: String,
    pub persons: Option<String>,
    pub state: String,
    pub decided_by: Option<String>,
    pub note: Option<String>,
    pub created_at: i64,
    pub decided_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
