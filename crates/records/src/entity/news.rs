//! What happened that others want to hear of.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "news")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub number: i64,
    pub at: i64,
    pub kind: String,
    pub subject: String,
    pub document: String,
}

impl ActiveModelBehavior for ActiveModel {}
