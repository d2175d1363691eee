//! Requests that wait for a second person.

pub mod approve;
pub mod decline;
pub mod list;
pub mod show;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What somebody writes about a decision.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct DecisionBody {
    /// For the author and the record.
    pub note: Option<String>,
}
