//! Which event of a document stands behind which intent.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "captured_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub capture: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    #[sea_orm(primary_key, auto_increment = false)]
    pub intent: String,
    pub event_id: String,
    pub hash: Vec<u8>,
    pub declaration: Option<Vec<u8>>,
}

impl ActiveModelBehavior for ActiveModel {}
