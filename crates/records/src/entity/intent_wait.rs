//! What else an intent waits for, where one earlier step is not enough.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "intent_waits")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub intent: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub waits_for: String,
}

impl ActiveModelBehavior for ActiveModel {}
