//! EPCIS events behind intents, whole.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub intent: String,
    pub salt: Vec<u8>,
    pub hash: Vec<u8>,
    pub document: String,
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
