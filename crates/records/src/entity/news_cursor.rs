//! Up to where news were gathered: one row.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "news_cursor")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i16,
    pub sequence: i64,
    pub intents_after: i64,
    pub recalled_after: i64,
}

impl ActiveModelBehavior for ActiveModel {}
