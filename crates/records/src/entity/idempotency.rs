//! Answers by idempotency key.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub request: Vec<u8>,
    pub intents: String,
    pub created_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
