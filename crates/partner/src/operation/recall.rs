//! Recalling a batch.

use serde::{Deserialize, Serialize};
use theriac_crypto::digest;
use theriac_http::problem::Problem;
use theriac_ledger::action::{ActionBody, RecallClass, RecallLot};
use theriac_records::repository::lots::find_lot;
use utoipa::ToSchema;

use super::{Desk, Plan, Planned, storage_problem};
use crate::faults::Faults;

/// Bytes of a recall notice: a few pages of text.
pub const NOTICE_BYTES_MAX: usize = 64 * 1024;

/// A recall. It cannot be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecallBody {
    /// The product.
    #[schema(example = "09506000134352")]
    pub gtin: String,
    /// The batch.
    #[schema(example = "B1")]
    pub lot: String,
    /// 1: danger to life or serious harm; 2: illness or mistreatment; 3: no significant hazard.
    #[schema(example = 2)]
    pub class: u8,
    /// The notice. Its digest goes on the ledger, the text is kept here.
    pub notice: String,
}

/// Plans to recall a batch.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn recall(desk: &Desk, body: &RecallBody) -> Result<Plan, Problem> {
    let mut faults = Faults::new();
    let gtin = faults.gtin("gtin", &body.gtin);
    let lot = faults.lot("lot", &body.lot);
    let class = match body.class {
        1 => Some(RecallClass::One),
        2 => Some(RecallClass::Two),
        3 => Some(RecallClass::Three),
        other => {
            let detail = format!("a recall is of class 1, 2 or 3, not {other}");
            faults.add("class", "class_invalid", detail);
            None
        }
    };
    if body.notice.trim().is_empty() || body.notice.len() > NOTICE_BYTES_MAX {
        let detail = format!("a notice has 1 to {NOTICE_BYTES_MAX} bytes of text");
        faults.add("notice", "out_of_bounds", detail);
    }
    if let (Some(gtin), Some(lot)) = (&gtin, &lot) {
        let found = find_lot(&desk.database, gtin, lot)
            .await
            .map_err(|error| storage_problem(&error))?;
        if found.is_none() {
            let detail = format!("batch {lot} of product {gtin} is not on record");
            faults.add("lot", "lot_unknown", detail);
        }
    }
    let ((gtin, lot), class) = faults.finish(gtin.zip(lot).zip(class))?;
    let action = ActionBody::RecallLot(RecallLot {
        gtin,
        lot,
        class,
        notice: digest("recall-notice", body.notice.as_bytes()),
    });
    let words = format!(
        "recall batch {lot} of product {gtin}, class {}, for good",
        body.class
    );
    Ok(Plan::of(Planned {
        notice: Some(body.notice.clone()),
        ..Planned::new(action, words)
    }))
}
