//! The JSON form of a problem.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The body of every response of class 4xx and 5xx, `application/problem+json` (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProblemBody {
    /// Where the code is explained, relative to the documentation.
    #[serde(rename = "type")]
    #[schema(example = "/problems/not_found")]
    pub kind: String,
    /// A short sentence, the same for every problem of this code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The stable code to program against.
    #[schema(example = "not_found")]
    pub code: String,
    /// What is wrong with this request.
    pub detail: String,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The request's id, as in the header `X-Request-Id` and in the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Each wrong row or field.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<RowError>,
    /// How many further errors are not listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub errors_omitted: u64,
}

/// One wrong row or field of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowError {
    /// Where it is: `line 7`, `packs[3].serial`.
    pub at: String,
    /// A stable code; `/problems/{code}` explains it.
    pub code: String,
    /// What is wrong there.
    pub detail: String,
}

impl RowError {
    /// An error at a row or field.
    pub fn new(at: impl Into<String>, code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            code: code.into(),
            detail: detail.into(),
        }
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(count: &u64) -> bool {
    *count == 0
}
