//! Messages about exceptions, our own and those of partners.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exception_messages")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: Vec<u8>,
    pub case_id: Vec<u8>,
    pub opens: bool,
    pub author: Vec<u8>,
    pub addressee: Vec<u8>,
    pub document: Vec<u8>,
    pub intent: Option<String>,
    pub sequence: Option<i64>,
    pub anchored_at: Option<i64>,
    pub delivered_at: Option<i64>,
    pub trouble: Option<String>,
    pub told_at: Option<i64>,
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
