//! Digests of documents on record.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "anchors")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    pub digest: Vec<u8>,
    pub account: Vec<u8>,
    pub time: i64,
}

impl ActiveModelBehavior for ActiveModel {}
