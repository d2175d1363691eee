//! Who is told of news.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhooks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub url: String,
    pub kinds: String,
    pub seed: Vec<u8>,
    pub created_by: String,
    pub created_at: i64,
    pub removed_at: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
